// Shows values as Grafana's own field code does.
//
//   node show.mjs < cases.json
//
// Each case is {fieldConfig, fields: [{name, type, value}]}; for each field the name, text, unit and
// colour with which Grafana would show it are printed, as one JSON list of lists.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// What a browser would know; Grafana's formats of time ask for it while they load.
if (!globalThis.navigator) globalThis.navigator = { language: "en", languages: ["en"] };

// The packages stand beside the lock file that was installed, not beside this script.
const load = createRequire(`${process.cwd()}/package.json`);
const {
  applyFieldOverrides,
  createTheme,
  FieldConfigOptionsRegistry,
  getFieldDisplayName,
  toDataFrame,
} = load("@grafana/data");

const registry = new FieldConfigOptionsRegistry();
for (const id of ["displayName", "unit", "decimals", "thresholds", "mappings"]) {
  registry.register({
    id,
    path: id,
    name: id,
    settings: {},
    editor: () => null,
    override: () => null,
    process: (value) => value,
    shouldApply: () => true,
    getItemsCount: () => 0,
  });
}

const shown = ({ fieldConfig, fields }) => {
  const frame = toDataFrame({
    fields: fields.map(({ name, type, value }) => ({
      name,
      type,
      values: [value],
      config: { displayNameFromDS: name },
    })),
  });
  const [styled] = applyFieldOverrides({
    data: [frame],
    fieldConfig,
    fieldConfigRegistry: registry,
    replaceVariables: (text) => text,
    theme: createTheme(),
    timeZone: "Asia/Shanghai",
  });
  return styled.fields.map((field) => {
    const { text, suffix, color } = field.display(field.values[0]);
    return { name: getFieldDisplayName(field, styled, [styled]), text, unit: suffix, color };
  });
};

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(shown)));
