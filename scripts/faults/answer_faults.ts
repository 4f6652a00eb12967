import type { ScrapeFault } from "./fault.ts";
import { type Exchange, healthy, responseHead, send } from "./faulty_upstream.ts";
import { MODES } from "./right_answer.ts";

/** Faults of statuses, redirects, and heads. */
export const ANSWER_FAULTS: readonly ScrapeFault[] = [
  status("204 No Content"),
  status("206 Partial Content"),
  status("304 Not Modified"),
  status("404 Not Found"),
  status("401 Unauthorized", "WWW-Authenticate: Basic"),
  status("429 Too Many Requests", "Retry-After: 1"),
  status("500 Internal Server Error"),
  status("503 Service Unavailable"),
  status("999 Beyond"),
  {
    name: "redirect-within",
    what: "301 to another path of the same origin",
    whole: MODES,
    answer: (exchange) => {
      if (exchange.path === "/moved") healthy(exchange);
      else redirect(exchange, "301 Moved Permanently", "/moved");
    },
  },
  {
    name: "redirect-elsewhere",
    what: "301 to another origin",
    answer: (exchange) =>
      redirect(exchange, "301 Moved Permanently", exchange.url.replace("127.0.0.1", "127.0.0.2")),
  },
  {
    name: "redirect-loop",
    what: "302 to itself",
    answer: (exchange) => redirect(exchange, "302 Found", exchange.path),
  },
  {
    name: "redirect-nowhere",
    what: "307 without a Location",
    answer: ({ socket }) =>
      send(socket, responseHead(["Content-Length: 0"], "307 Temporary Redirect")),
  },
  {
    name: "redirect-file",
    what: "302 to a file: URL",
    answer: (exchange) => redirect(exchange, "302 Found", "file:///etc/passwd"),
  },
  typed("type-html", "text/html", "an exposition that calls itself HTML"),
  typed("type-none", undefined, "no Content-Type"),
  {
    name: "type-protobuf",
    what: "protobuf",
    answer: ({ socket, text }) =>
      send(
        socket,
        responseHead([`Content-Length: ${text.length}`], "200 OK", PROTOBUF),
        text,
      ),
  },
  raw("no-http", "no HTTP at all", "SSH-2.0-OpenSSH_9.2\r\n"),
  raw("http-0.9", "a body without a head", "shop_last 1\n"),
  raw("status-cut", "a status line without a status", "HTTP/1.1\r\n\r\n"),
  header("head-nul", "a NUL in a header", "X-A: \0"),
  header("header-no-colon", "a header line without a colon", "abc"),
  {
    name: "continue-first",
    what: "100 Continue and 103 Early Hints before a whole response",
    answer: (exchange) => {
      send(exchange.socket, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
      healthy(exchange);
    },
  },
  {
    name: "head-large",
    what: "a head of 256 KiB",
    answer: ({ socket, text }) => {
      const headers = Array.from({ length: 256 }, (_, n) => `X-${n}: ${"x".repeat(1016)}`);
      send(socket, responseHead([...headers, `Content-Length: ${text.length}`]), text);
    },
  },
  {
    name: "head-endless",
    what: "header lines without end",
    timeoutSeconds: 1,
    cost: 3,
    answer: ({ socket }) => {
      send(socket, "HTTP/1.1 200 OK\r\n");
      const lines = "X-Filler: yes\r\n".repeat(64);
      const timer = setInterval(() => socket.write(lines), 10);
      socket.on("close", () => clearInterval(timer));
    },
  },
  {
    name: "answer-twice",
    what: "a whole response, and a second one that nobody asked for",
    answer: ({ socket, text }) => {
      const head = responseHead([`Content-Length: ${text.length}`]);
      send(socket, head, text, head, text);
    },
  },
];

const PROTOBUF = "application/vnd.google.protobuf; " +
  "proto=io.prometheus.client.MetricFamily; encoding=delimited";

/** That status, with a whole exposition behind it. */
function status(line: string, ...headers: string[]): ScrapeFault {
  const code = line.slice(0, 3);
  const bodyless = code === "204" || code === "304";
  return {
    name: `status-${code}`,
    what: line,
    answer: ({ socket, text }) => {
      const body = bodyless ? "" : text;
      const framing = bodyless ? [] : [`Content-Length: ${body.length}`];
      send(socket, responseHead([...headers, ...framing], line), body);
    },
  };
}

function typed(name: string, type: string | undefined, what: string): ScrapeFault {
  const answer = ({ socket, text }: Exchange) => {
    const head = responseHead([`Content-Length: ${text.length}`], "200 OK", type ?? "x/x");
    send(socket, type === undefined ? head.replace("Content-Type: x/x\r\n", "") : head, text);
  };
  return { name, what, whole: MODES, answer };
}

/** A whole response with this line in its head. */
function header(name: string, what: string, line: string): ScrapeFault {
  const answer = ({ socket, text }: Exchange) =>
    send(socket, responseHead([line, `Content-Length: ${text.length}`]), text);
  return { name, what, answer };
}

/** These bytes, then closed. */
function raw(name: string, what: string, bytes: string): ScrapeFault {
  return {
    name,
    what,
    answer: ({ socket }) => {
      send(socket, bytes);
      socket.end();
    },
  };
}

function redirect({ socket }: Exchange, line: string, location: string): void {
  send(socket, responseHead([`Location: ${location}`, "Content-Length: 0"], line));
}
