// Draws every [data-chart]; without this file the table below each chart says the same.
(() => {
  "use strict";

  const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
  // Told apart by people with colour-blindness too (blue-green, ochre, slate blue, brick, olive, plum, grey).
  const COLORS = ["#0f5c63", "#c98a1b", "#5b6fa8", "#a3502f", "#8a8f3c", "#8a5f86", "#76838a"];
  const maps = new Map();

  const loadMap = (name, url) => {
    if (!maps.has(name)) {
      maps.set(
        name,
        fetch(url)
          .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))))
          .then((shapes) => echarts.registerMap(name, shapes)),
      );
    }
    return maps.get(name);
  };

  const dress = (option) => ({
    color: COLORS,
    animation: false,
    aria: { enabled: false },
    ...option,
    textStyle: { fontFamily: FONT, fontSize: 13, color: "#1b2327", ...option.textStyle },
    // Rich text: the tooltip is painted on the canvas, since its HTML form needs inline styles.
    tooltip: { confine: true, ...option.tooltip, renderMode: "richText" },
  });

  const draw = async (area) => {
    if (area.dataset.drawn || typeof echarts === "undefined") return;
    area.dataset.drawn = "yes";
    const data = document.getElementById(area.dataset.chart);
    const { option, map } = JSON.parse(data.textContent);
    try {
      if (map) await loadMap(map, area.dataset.mapUrl);
    } catch {
      return; // The table stays open in its place.
    }
    area.classList.add("is-drawn");
    const chart = echarts.init(area, null, { renderer: "canvas" });
    chart.setOption(dress(option));
    new ResizeObserver(() => chart.resize()).observe(area);
    const table = area.closest(".chart").querySelector("[data-chart-table]");
    if (table) table.open = false;
    chart.on("click", (event) => {
      const url = event.data && event.data.url;
      if (typeof url === "string" && url.startsWith("/")) window.location.assign(url);
    });
  };

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentNode || document));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => drawAll(document));
  else drawAll(document);
})();
