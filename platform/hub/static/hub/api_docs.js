// Swagger over the API's schema; requests tried out here carry the page's CSRF token.
(() => {
  "use strict";

  const place = document.getElementById("swagger-ui");
  const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");

  // Swagger's own layout has a second <main> and says again what the page says.
  const layout = ({ React }) => ({
    components: {
      Endpoints: ({ getComponent, specSelectors }) => {
        const show = (name, connected = true) => React.createElement(getComponent(name, connected || undefined));
        if (specSelectors.loadingStatus() !== "success") return null;
        return React.createElement(
          "div",
          { className: "swagger-ui" },
          show("SvgAssets", false),
          show("errors"),
          React.createElement("div", { className: "scheme-container" }, show("AuthorizeBtnContainer")),
          show("operations"),
          show("Models"),
        );
      },
    },
  });

  SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [layout],
    layout: "Endpoints",
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    requestInterceptor: (request) => {
      if (!request.loadSpec && request.method !== "GET") Object.assign(request.headers, headers);
      return request;
    },
  });
})();
