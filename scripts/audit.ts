/**
 * `npm run audit`: asks the registry for known vulnerabilities of everything in package-lock.json.
 * Exits with 1 when it knows one, of whatever severity, or when the question failed. A registry that
 * does not answer such questions, as mirrors mostly do not, is told in one line and is no failure.
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
  if (report === undefined) return { failed: true, text: `audit: npm printed no JSON: ${output}` };
  if (report.auditReportVersion === 2) return vulnerabilities(report.vulnerabilities ?? {});
  const message = report.message ?? report.error?.summary ?? JSON.stringify(report);
  return WITHOUT_AUDIT.has(report.statusCode)
    ? { failed: false, text: `audit: not checked: the registry has no audit (${message})` }
    : { failed: true, text: `audit: ${message}` };
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

/** How registries say that there is no such endpoint, or that it takes no questions. */
const WITHOUT_AUDIT = new Set([404, 405, 501]);

if (import.meta.main) {
  const { stdout, error } = spawnSync("npm", ["audit", "--audit-level=low", "--json"], {
    cwd: resolve(import.meta.dirname!, ".."),
    encoding: "utf8",
  });
  const { failed, text } = error === undefined
    ? auditOutcome(stdout)
    : { failed: true, text: `audit: npm: ${error.message}` };
  console.log(text);
  process.exitCode = failed ? 1 : 0;
}
