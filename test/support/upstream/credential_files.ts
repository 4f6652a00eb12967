import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHttpConfig, type HttpConfig } from "../../../src/config/http_config.ts";
import type { HttpConfigEntry } from "../../../src/config/http_config_schema.ts";

/** A folder of credentials, removed when `use` is over. */
export class CredentialFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Writes a file and returns its path. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  path(name: string): string {
    return join(this.folder, name);
  }
}

export async function withFiles(use: (files: CredentialFiles) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-credentials-"));
  try {
    await use(new CredentialFiles(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the configuration makes of an `http_config`. */
export function httpConfig(entry: HttpConfigEntry): HttpConfig {
  return buildHttpConfig(entry);
}

/** The text of a file in `test/upstream/tls`. */
export function pem(name: string): string {
  return readFileSync(pemPath(name), "utf8");
}

export function pemPath(name: string): string {
  return new URL(`../../upstream/tls/${name}.pem`, import.meta.url).pathname;
}
