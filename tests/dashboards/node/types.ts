// What a dashboard may hold, from the types that Grafana publishes.
//
// Grafana's own Dashboard type leaves options, custom fields and targets of a panel open; here
// each panel is held against its own type's options. The query of the InfluxDB data source is
// not published as a type: it is written out after the data source's documentation.

import type {
  DataQuery,
  Dashboard,
  DataSourceRef,
  FieldConfig,
  LineStyle,
  Panel,
  RowPanel,
  ThresholdsConfig,
  ValueMapping,
} from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type {
  FieldConfig as StateTimelineField,
  Options as StateTimeline,
} from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type {
  FieldConfig as TableField,
  Options as Table,
} from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type { Options as Text } from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";
import type {
  FieldConfig as TimeSeriesField,
  Options as TimeSeries,
} from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

type Nothing = Record<string, never>;

type Unit = { unit: string };

type Property =
  | { id: "displayName" | "unit"; value: string }
  | { id: "decimals"; value: number }
  | { id: "thresholds"; value: ThresholdsConfig }
  | { id: "mappings"; value: ValueMapping[] }
  | { id: "custom.lineStyle"; value: LineStyle };

type Override = { matcher: { id: "byName"; options: string }; properties: Property[] };

type Fields<C> = {
  defaults: Omit<FieldConfig, "custom" | "unit"> & Unit & { custom: C };
  overrides: Override[];
};

type InfluxQuery = DataQuery & {
  datasource: DataSourceRef;
  rawQuery: true;
  query: string;
  resultFormat: "time_series" | "table";
  alias: string;
};

type Organize = { id: "organize"; options: { excludeByName: Record<string, boolean> } };

type Base = Omit<Panel, "type" | "options" | "fieldConfig" | "targets" | "transformations">;

type Asking<T extends string, O, C> = Base & {
  type: T;
  options: O;
  fieldConfig: Fields<C>;
  targets: InfluxQuery[];
  transformations?: Organize[];
};

type Writing = Base & {
  type: "text";
  options: Text;
  fieldConfig: { defaults: Nothing; overrides: [] };
};

type AnyPanel =
  | Asking<"timeseries", TimeSeries, TimeSeriesField>
  | Asking<"stat", Stat, Nothing>
  | Asking<"bargauge", BarGauge, Nothing>
  | Asking<"state-timeline", StateTimeline, StateTimelineField>
  | Asking<"table", Table, Partial<TableField>>
  | Writing
  | RowPanel;

/** JSON holds the values of enums, not their names. */
type Plain<T> = 0 extends 1 & T
  ? T
  : T extends string
    ? string extends T
      ? T
      : `${T}`
    : T extends number
      ? number extends T
        ? T
        : `${T}` extends `${infer N extends number}`
          ? N
          : T
      : T extends (infer U)[]
        ? Plain<U>[]
        : T extends object
          ? { [K in keyof T]: Plain<T[K]> }
          : T;

export type BaotuDashboard = Plain<Omit<Dashboard, "panels"> & { panels: AnyPanel[] }>;
