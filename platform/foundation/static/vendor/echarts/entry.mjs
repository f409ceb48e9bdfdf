import * as core from "echarts/core";
import { BarChart, GraphChart, HeatmapChart, LineChart, LinesChart, EffectScatterChart, MapChart, RadarChart, SankeyChart, ScatterChart } from "echarts/charts";
import { AriaComponent, DatasetComponent, GeoComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
core.use([BarChart, GraphChart, HeatmapChart, LineChart, LinesChart, MapChart, RadarChart, SankeyChart, ScatterChart,
  AriaComponent, DatasetComponent, GeoComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);
export const init = core.init, registerMap = core.registerMap, registerTheme = core.registerTheme, getInstanceByDom = core.getInstanceByDom, version = core.version;
