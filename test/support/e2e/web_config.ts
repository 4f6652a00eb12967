import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { hashSync } from "bcryptjs";
import { type Certificate, CertificateAuthority } from "../runtime/certificates.ts";
import { temporaryFolder } from "./temporary_folder.ts";

export const USER = "prometheus";
export const PASSWORD = "open sesame";

/** A folder with a web config file, an authority, and certificates by it. */
export class WebFolder {
  readonly path: string;
  readonly authority: CertificateAuthority;
  readonly #folder: string;

  constructor(context: TestContext) {
    this.#folder = temporaryFolder(context);
    this.path = join(this.#folder, "web.yml");
    this.authority = new CertificateAuthority(this.#folder);
  }

  /** Puts a new file in the place of the old one. */
  write(sections: object): void {
    writeFileSync(`${this.path}.new`, stringify(sections));
    renameSync(`${this.path}.new`, this.path);
  }

  /** What curl needs to trust the server, and to show a certificate of its own. */
  trust(client?: Certificate): string[] {
    const own = client === undefined ? [] : ["--cert", client.certificate, "--key", client.key];
    return ["--cacert", this.authority.certificate, ...own];
  }
}

/** The section that shows a certificate. */
export function serverSection({ certificate, key }: Certificate, rest: object = {}): object {
  return { cert_file: certificate, key_file: key, ...rest };
}

/** The user and the password, with the least cost that bcrypt has. */
export const users = { [USER]: hashSync(PASSWORD, 4) };

export const LOGIN: readonly string[] = ["--user", `${USER}:${PASSWORD}`];
