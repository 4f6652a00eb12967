/**
 * `npm run audit`: asks the registry for known vulnerabilities of everything in package-lock.json.
 * Exits with 1 when it knows one, of whatever severity. Where it gives no answer, as mirrors mostly do
 * not and any may for an hour, one line says that nothing was checked: that is no fault of a change.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import process from "node:process";

export interface AuditOutcome {
  readonly failed: boolean;
  /** What to tell; one line for each package that is concerned. */
  readonly text: string;
}

/** What `npm audit --json` has found, by what it printed. */
export function auditOutcome(output: string): AuditOutcome {
  const report = parsed(output);
  if (report === undefined) return notChecked(`npm printed no JSON: ${output}`);
  if (report.auditReportVersion === 2) return vulnerabilities(report.vulnerabilities ?? {});
  return notChecked(report.message ?? report.error?.summary ?? JSON.stringify(report));
}

function notChecked(why: string): AuditOutcome {
  return { failed: false, text: `audit: not checked: ${why}` };
}

function vulnerabilities(found: Readonly<Record<string, Vulnerability>>): AuditOutcome {
  const lines = Object.entries(found).map(([name, { severity, range, via }]) => {
    const reasons = via.map((reason) =>
      typeof reason === "string" ? `by ${reason}` : `${reason.title} (${reason.url})`
    );
    return `audit: ${name} ${range}: ${severity}: ${reasons.join("; ")}`;
  });
  return lines.length === 0
    ? { failed: false, text: "audit: no known vulnerability" }
    : { failed: true, text: lines.join("\n") };
}

interface Vulnerability {
  readonly severity: string;
  readonly range: string;
  /** Advisories, or names of packages that bring the vulnerability along. */
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
}

// deno-lint-ignore no-explicit-any -- npm's report
function parsed(output: string): any {
  try {
    const value = JSON.parse(output);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const { stdout, error } = spawnSync("npm", ["audit", "--audit-level=low", "--json"], {
    cwd: resolve(import.meta.dirname!, ".."),
    encoding: "utf8",
  });
  const { failed, text } = error === undefined
    ? auditOutcome(stdout)
    : notChecked(`npm: ${error.message}`);
  console.log(text);
  process.exitCode = failed ? 1 : 0;
}
