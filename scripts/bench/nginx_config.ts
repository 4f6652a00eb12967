import { PROTOBUF_TYPE } from "./protobuf_sample.ts";

/**
 * nginx that serves the files of `folder`, or those of the same name in its folders `0`, `1` and so
 * on, any of them at a time: values change from scrape to scrape.
 */
export function servingConfig(
  home: string,
  port: number,
  folder: string,
  variants: number,
): string {
  const share = (100 / variants).toFixed(2);
  const shares = Array.from({ length: variants - 1 }, (_, variant) => `${share}% ${variant};`);
  const split = `split_clients $request_id $variant { ${shares.join(" ")} * ${variants - 1}; }`;
  return nginxConfig(
    home,
    `listen 127.0.0.1:${port};
    root ${folder};
    sendfile on;
    location / {
      try_files /$variant$uri $uri =404;
    }
    location ~ \\.pb$ {
      default_type "${PROTOBUF_TYPE}";
      try_files /$variant$uri $uri =404;
    }`,
    split,
  );
}

/** `streams`: with room for what one read of a socket brings, and no more. */
const PASSING = {
  buffers: "",
  streams: "proxy_buffering off; proxy_buffer_size 64k; proxy_buffers 8 64k;",
} as const;
export type Passing = keyof typeof PASSING;

/** nginx that hands on what `upstream` serves, as it would stand before it. */
export function proxyConfig(
  home: string,
  port: number,
  upstream: string,
  passing: Passing,
): string {
  // A temporary file would be written to where the other contestants write nothing.
  return nginxConfig(
    home,
    `listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${PASSING[passing]}
      proxy_max_temp_file_size 0;
    }`,
  );
}

/** One process in the foreground, as whoever runs it, that writes into `home` alone. */
function nginxConfig(home: string, server: string, http = ""): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${home}/${name};`);
  return `
daemon off;
master_process off;
pid ${home}/nginx.pid;
events {}
http {
${temporary.join("\n")}
  types {}
  default_type "text/plain; version=0.0.4";
  access_log off;
  ${http}
  server {
    ${server}
    location = /-/up {
      return 200;
    }
  }
}
`;
}
