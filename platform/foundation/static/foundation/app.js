// Small conveniences. Every page works without this file.
(() => {
  "use strict";

  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
      const box = document.querySelector("[data-search-box]");
      if (box) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // A fragment may carry data-announce: its words are read out once by the live region.
  const announce = (text) => {
    const region = document.getElementById("live-region");
    if (region && text && region.textContent !== text) region.textContent = text;
  };

  // Long lists of choices become searchable; their plain <select> stays in the form.
  const enhance = (root) => {
    root.querySelectorAll("select[data-searchable]").forEach((select) => {
      if (select.tomselect || typeof TomSelect === "undefined") return;
      const url = select.dataset.url;
      const options = { maxOptions: 300, plugins: select.multiple ? ["remove_button"] : [], create: false };
      if (url) {
        options.valueField = "value";
        options.labelField = "label";
        options.searchField = ["label", "keywords"];
        options.load = (query, done) => {
          fetch(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
            .then((response) => (response.ok ? response.json() : { results: [] }))
            .then((body) => done(body.results))
            .catch(() => done());
        };
      }
      const labelled = select.getAttribute("aria-describedby");
      const control = new TomSelect(select, options);
      select.setAttribute("aria-hidden", "true"); // Its label now names the search box.
      if (labelled) control.control_input.setAttribute("aria-describedby", labelled);
    });
    root.querySelectorAll("[data-announce]").forEach((el) => announce(el.dataset.announce));
  };

  // The link that was clicked is gone with the old list; the reader goes on at the new one, not at the page's top.
  document.addEventListener("htmx:afterSettle", (event) => {
    const list = event.detail.elt;
    if (document.activeElement !== document.body || !list.id || !list.isConnected) return;
    if (!event.detail.requestConfig || !event.detail.requestConfig.boosted) return;
    list.tabIndex = -1;
    list.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt.parentNode || document));
  document.addEventListener("DOMContentLoaded", () => {
    enhance(document);
    if (window.matchMedia("(max-width: 599px)").matches) {
      document.querySelectorAll("details[data-filter-bar='0']").forEach((bar) => {
        bar.open = Boolean(bar.querySelector(".has-error"));
      });
    }
    // After a refused form the summary is what the reader must meet first.
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  });
})();
