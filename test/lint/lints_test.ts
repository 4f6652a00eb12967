import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { placeText } from "../../src/problems/problem.ts";
import { lintRules } from "../../src/lint/lints.ts";
import { readYaml } from "../../src/yaml/read_document.ts";

interface LintCase {
  readonly name: string;
  /** A YAML list, one rule a line. */
  readonly rules: string;
  /** `[rule] code: message`. */
  readonly lints: readonly string[];
  /** The labels of a sample scrape. */
  readonly labels?: readonly string[];
}

const QUOTE =
  "as in Prometheus, but tools that write YAML anew (Helm, yq) may change it: put it in quotes";

const CASES: readonly LintCase[] = [
  {
    name: "rules without a doubt",
    rules: `
      - {action: labeldrop, regex: path}
      - {source_labels: [status], regex: '(.).*', replacement: '\${1}xx', target_label: class}
      - {source_labels: [__name__], regex: 'go_.*', action: drop}`,
    lints: [],
  },
  {
    name: "labels that Prometheus adds",
    rules: `
      - {source_labels: [instance], target_label: host}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
      - {source_labels: [pod], regex: 'a.*', action: drop}
      - {source_labels: [namespace], target_label: job, action: keepequal}`,
    lints: [
      '[0] prometheus-label: it reads label "instance", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself',
      '[1] prometheus-label: it reads label "__meta_kubernetes_pod_name", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself',
      '[3] prometheus-label: it reads label "namespace", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself',
      '[3] prometheus-label: it reads label "job", which Prometheus adds after the scrape: here it is empty, unless the upstream sends it itself',
    ],
  },
  {
    name: "labels that Prometheus adds, and a scrape that has one of them",
    rules: `
      - {source_labels: [instance, pod], target_label: host}`,
    labels: ["__name__", "pod"],
    lints: [
      '[0] prometheus-label: it reads label "instance", which Prometheus adds after the scrape: no sample of the scrape has it',
    ],
  },
  {
    name: "a label that an earlier rule sets is no doubt",
    rules: `
      - {target_label: job, replacement: shop}
      - {source_labels: [job], target_label: team}`,
    lints: [],
  },
  {
    name: "source_labels of a labelmap, which are not read",
    rules: `
      - {action: labelmap, source_labels: [job], regex: a, replacement: b}`,
    lints: [],
  },
  {
    name: "a target whose name looks like a template",
    rules: `
      - {target_label: a, replacement: x}
      - {source_labels: [b], target_label: '$1', action: keepequal}
      - {source_labels: [a], target_label: '$1', action: uppercase}
      - {source_labels: [b], target_label: '$1', action: keepequal}
      - {source_labels: [b], regex: x, action: keep}`,
    lints: [
      '[4] never-fires: it drops every sample: label "b" is "X" after metric_relabel_configs[3]',
    ],
  },
  {
    name: "a label that is gone, and regexes that need it",
    rules: `
      - {action: labeldrop, regex: 'path|method'}
      - {source_labels: [path], regex: '(.+)', target_label: route}
      - {source_labels: [path], regex: '/a.*', action: drop}
      - {source_labels: [method], regex: GET, action: keep}`,
    lints: [
      '[1] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
      '[2] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
      '[3] never-fires: it drops every sample: label "method" is empty after metric_relabel_configs[0]',
    ],
  },
  {
    name: "a label that is gone, and regexes that match the empty text",
    rules: `
      - {action: labeldrop, regex: path}
      - {source_labels: [path], regex: '.*', target_label: route, replacement: none}
      - {source_labels: [path, method], target_label: both}
      - {source_labels: [path], regex: '(/a)?', action: keep}`,
    lints: [],
  },
  {
    name: "replaced by nothing for one metric, the label may still be there",
    rules: `
      - {source_labels: [__name__], regex: a_total, target_label: path, replacement: ''}
      - {source_labels: [path], regex: '(.+)', target_label: route}`,
    lints: [],
  },
  {
    name: "replaced by nothing everywhere",
    rules: `
      - {target_label: path, replacement: ''}
      - {source_labels: [path], regex: '(.+)', target_label: route}
      - {source_labels: [path], target_label: path, regex: '(.+)', replacement: 'x\$1'}`,
    lints: [
      '[1] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
      '[2] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
    ],
  },
  {
    name: "a label that comes back",
    rules: `
      - {action: labeldrop, regex: path}
      - {source_labels: [uri], target_label: path}
      - {source_labels: [path], regex: '(.+)', target_label: route}
      - {action: labeldrop, regex: code}
      - {action: labelmap, regex: 'my_(.*)'}
      - {source_labels: [code], regex: '2..', action: keep}`,
    lints: [],
  },
  {
    name: "kept and dropped names",
    rules: `
      - {source_labels: [__name__], regex: 'a_total|b_total', action: keep}
      - {source_labels: [__name__], regex: 'go_.*', action: drop}
      - {source_labels: [__name__], regex: 'a_total', action: drop}
      - {source_labels: [__name__], regex: 'a_.*', action: drop}
      - {source_labels: [__name__], regex: 'b_total', target_label: x, replacement: y}
      - {source_labels: [__name__], regex: 'c_total', action: keep}
      - {action: labeldrop, regex: z}`,
    lints: [
      '[1] never-fires: it never does anything: label "__name__" is "a_total" or "b_total" after metric_relabel_configs[0]',
      '[3] never-fires: it never does anything: label "__name__" is "b_total" after metric_relabel_configs[2]',
      '[5] never-fires: it drops every sample: label "__name__" is "b_total" after metric_relabel_configs[2]',
      "[6] never-fires: no sample reaches it: metric_relabel_configs[5] drops every sample",
    ],
  },
  {
    name: "dropped before",
    rules: `
      - {source_labels: [status], regex: '404|500', action: drop}
      - {source_labels: [status], regex: '404', target_label: error, replacement: 'yes'}`,
    lints: [
      '[1] never-fires: it never does anything: label "status" is not "404" or "500" after metric_relabel_configs[0]',
    ],
  },
  {
    name: "everything is dropped",
    rules: `
      - {action: drop, regex: '.*'}
      - {action: labeldrop, regex: path}`,
    lints: ["[1] never-fires: no sample reaches it: metric_relabel_configs[0] drops every sample"],
  },
  {
    name: "every name is dropped",
    rules: `
      - {source_labels: [__name__], action: drop, regex: '.+'}
      - {action: labeldrop, regex: path}`,
    lints: ["[1] never-fires: no sample reaches it: metric_relabel_configs[0] drops every sample"],
  },
  {
    name: "regexes that match nothing",
    rules: `
      - {source_labels: [a, b], regex: foo, action: drop}
      - {source_labels: [a, b], separator: '', regex: foo, action: drop}
      - {source_labels: [a], regex: 'foo$bar', action: drop}
      - {regex: foo, target_label: x, replacement: y}
      - {source_labels: [a, b, c], regex: 'x;y', action: keep}`,
    lints: [
      '[0] cannot-match: it never does anything: its 2 labels are joined by a ";", which its regex "foo" does not match',
      '[2] cannot-match: it never does anything: its regex "foo$bar" matches no text at all',
      '[3] cannot-match: it never does anything: without source_labels its regex "foo" is tried on the empty text, and does not match it',
      '[4] cannot-match: it drops every sample: its 3 labels are joined by 2 ";", which its regex "x;y" does not match',
    ],
  },
  {
    name: "labels that are compared",
    rules: `
      - {target_label: a, replacement: x}
      - {target_label: b, replacement: y}
      - {source_labels: [a], target_label: b, action: dropequal}
      - {source_labels: [a], target_label: c, action: keepequal}
      - {source_labels: [a], target_label: b, action: keepequal}`,
    lints: [
      '[2] never-fires: it never does anything: label "a" is "x" after metric_relabel_configs[0], and label "b" is "y" after metric_relabel_configs[1]',
      '[4] never-fires: it drops every sample: label "a" is "x" after metric_relabel_configs[0], and label "b" is "y" after metric_relabel_configs[1]',
    ],
  },
  {
    name: "the name is dropped",
    rules: `
      - {action: labelkeep, regex: 'status|path'}`,
    lints: [
      "[0] takes-name: it takes every sample's name, which the sample gets back after the last rule: " +
      "with Prometheus the scrape would fail",
    ],
  },
  {
    name: "the name is dropped for some and set for all",
    rules: `
      - {action: labeldrop, regex: '__.*'}
      - {target_label: __name__, replacement: all}`,
    lints: [],
  },
  {
    name: "a label dropped twice",
    rules: `
      - {action: labeldrop, regex: path}
      - {action: labeldrop, regex: path}
      - {action: labeldrop, regex: 'path|host'}
      - {action: labelmap, regex: path, replacement: uri}`,
    lints: [
      '[1] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
      '[3] never-fires: it never does anything: label "path" is empty after metric_relabel_configs[0]',
    ],
  },
  {
    name: "histograms in parts",
    rules: `
      - {source_labels: [__name__], regex: 'x_seconds_count', action: drop}
      - {source_labels: [__name__], regex: '.*_(sum|count)', action: drop}
      - {source_labels: [__name__], regex: 'threads_count', action: drop}
      - {source_labels: [__name__], regex: 'wait_seconds|wait_seconds_(?:count|sum)', action: drop}
      - {source_labels: [__name__], regex: 'x_(bucket|sum|count)', action: drop}
      - {source_labels: [le], regex: '\\+Inf', action: drop}
      - {source_labels: [__name__, le], regex: 'y_bucket;(0\\.1|\\+Inf)', action: drop}
      - {source_labels: [__name__, le], regex: 'y_bucket;.*', action: drop}`,
    lints: [
      '[0] splits-histogram: it drops "x_seconds_count" and keeps other parts: what is left of a histogram cannot be read as one',
      '[1] splits-histogram: it drops "*_sum", "*_count" and keeps other parts: what is left of a histogram cannot be read as one',
      '[5] splits-histogram: it drops the bucket le="+Inf" and keeps other parts: what is left of a histogram cannot be read as one',
      '[6] splits-histogram: it drops the bucket le="+Inf" and keeps other parts: what is left of a histogram cannot be read as one',
    ],
  },
  {
    name: "parts of histograms that are kept",
    rules: `
      - {source_labels: [__name__], regex: 'x_bucket|x_sum|x_count|y_sum|z_count', action: keep}`,
    lints: [],
  },
  {
    name: "parts of histograms that are kept without the rest",
    rules: `
      - {source_labels: [__name__], regex: 'x_bucket|up', action: keep}
      - {source_labels: [le], regex: '|0\\.1|1\\.0', action: keep}`,
    lints: [
      '[0] splits-histogram: it drops "x_sum", "x_count" and keeps other parts: what is left of a histogram cannot be read as one',
      '[1] splits-histogram: it drops the bucket le="+Inf" and keeps other parts: what is left of a histogram cannot be read as one',
    ],
  },
  {
    name: "bounds as no rule sees them",
    rules: `
      - {source_labels: [le], regex: '1', target_label: b}
      - {source_labels: [quantile], regex: '0\\.50|0\\.9', target_label: q}
      - {source_labels: [le], regex: '1|1\\.0', target_label: one}
      - {source_labels: [le, quantile], regex: '1', target_label: other}
      - {source_labels: [le], regex: '\\+Inf', target_label: inf}
      - {source_labels: [code], regex: '1', target_label: c}
      - {source_labels: [__name__, le], regex: 'http_.*;(1|5\\.0)', action: drop}
      - {source_labels: [code, le], regex: '1', separator: '', target_label: d}`,
    lints: [
      '[0] bound-spelling: it looks for le="1", which in a histogram is "1.0" to a rule, as in Prometheus 3',
      '[1] bound-spelling: it looks for quantile="0.50", which in a summary is "0.5" to a rule, as in Prometheus 3',
      '[3] cannot-match: it never does anything: its 2 labels are joined by a ";", which its regex "1" does not match',
      '[6] bound-spelling: it looks for le="1", which in a histogram is "1.0" to a rule, as in Prometheus 3',
    ],
  },
  {
    name: "scalars that people and tools mistake",
    rules: `
      - {source_labels: [v], regex: 1.10, target_label: t}
      - {source_labels: [v], regex: 200, target_label: t}
      - {source_labels: [v], regex: '1.10', replacement: 0500, target_label: t}
      - {source_labels: [on, v], regex: .*, separator: "-", target_label: t}
      - {source_labels: [v], regex: , target_label: t}
      - {source_labels: [v], modulus: 010, target_label: t, action: hashmod}
      - {source_labels: [v], modulus: 1_0, target_label: t, action: hashmod}
      - {source_labels: [v], modulus: 10, target_label: t, action: hashmod}
      - {source_labels: [v], replacement: , target_label: t}`,
    lints: [
      `[0] written-scalar: its regex 1.10 is the text "1.10", ${QUOTE}`,
      `[2] written-scalar: its replacement 0500 is the text "0500", ${QUOTE}`,
      `[3] written-scalar: its source_labels on is the text "on", ${QUOTE}`,
      '[4] written-scalar: its regex is null, which matches the empty text only: write "" or leave it out',
      "[5] written-scalar: its modulus 010 is read as 8: write it that way",
      "[6] written-scalar: its modulus 1_0 is read as 10: write it that way",
    ],
  },
  {
    name: "labels for use between rules",
    rules: `
      - {source_labels: [__name__], regex: 'a.*', target_label: __tmp_a, replacement: '1'}
      - {source_labels: [__name__], regex: 'b.*', target_label: __tmp_b, replacement: '1'}
      - {source_labels: [__name__], regex: 'c.*', target_label: __tmp_c, replacement: '1'}
      - {source_labels: [__tmp_a], regex: '1', action: drop}
      - {source_labels: [__name__], regex: 'd.*', target_label: __tmp_d, replacement: '1'}
      - {action: labeldrop, regex: '__tmp_[b]'}
      - {source_labels: [__tmp_d], regex: '.+', target_label: __tmp_d, replacement: ''}`,
    lints: [
      '[2] leftover-tmp-label: label "__tmp_c" stays on the samples: nothing removes it but a labeldrop',
    ],
  },
  {
    name: "a label for use between rules that an unclear regex may remove",
    rules: `
      - {target_label: __tmp, replacement: '1'}
      - {source_labels: [status], regex: '2..', target_label: __tmp, replacement: ''}`,
    lints: [],
  },
];

for (const { name, rules, lints, labels } of CASES) {
  test(`lints: ${name}`, async () => {
    const { main, problems } = readRelabelDocument((await readYaml(rules)).value, "r.yaml");
    deepEqual(problems, []);
    const scrape = labels === undefined ? undefined : { labels: new Set(labels) };
    const found = lintRules(await compileRules(main), scrape);
    deepEqual(
      found.map(({ place, code, message }) => `${placeText(place)} ${code}: ${message}`),
      lints.map((lint) => `r.yaml: metric_relabel_configs${lint}`),
    );
  });
}
