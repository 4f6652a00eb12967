import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";

/** A certificate and its key: paths of PEM files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that lives as long as the folder in which it keeps its files. */
export class CertificateAuthority {
  readonly #folder: string;
  readonly #own: Certificate;

  constructor(folder: string, name = "authority") {
    this.#folder = folder;
    this.#own = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
    openssl([
      ...["req", "-x509", ...EC_KEY, "-keyout", this.#own.key, "-out", this.#own.certificate],
      ...["-subj", `/CN=${name}`, "-days", "2"],
    ]);
  }

  /** The path of its own certificate. */
  get certificate(): string {
    return this.#own.certificate;
  }

  /** A certificate for 127.0.0.1 and for `names`, in OpenSSL's form: `DNS:a.test`. */
  issue(name: string, ...names: readonly string[]): Certificate {
    const path = (extension: string) => join(this.#folder, `${name}.${extension}`);
    const issued = { certificate: path("pem"), key: path("key") };
    writeFileSync(path("ext"), `subjectAltName=${["IP:127.0.0.1", ...names].join(",")}\n`);
    openssl([
      ...["req", ...EC_KEY, "-keyout", issued.key, "-out", path("csr"), "-subj", `/CN=${name}`],
    ]);
    openssl([
      ...["x509", "-req", "-in", path("csr"), "-out", issued.certificate, "-days", "1"],
      ...["-CA", this.#own.certificate, "-CAkey", this.#own.key, "-CAcreateserial"],
      ...["-extfile", path("ext")],
    ]);
    return issued;
  }
}

/** The texts of both files. */
export function pemOf({ certificate, key }: Certificate): Certificate {
  return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") };
}

/** The name in the certificate that is shown on a port of 127.0.0.1. */
export function shownName(port: number, client?: Certificate): Promise<string> {
  const own = client && { cert: client.certificate, key: client.key };
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...own }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

function openssl(args: readonly string[]): void {
  execFileSync("openssl", [...args], { stdio: ["ignore", "ignore", "pipe"] });
}
