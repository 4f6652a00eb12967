/** nginx that serves the files of `folder`. */
export function servingConfig(home: string, port: number, folder: string): string {
  return nginxConfig(home, `listen 127.0.0.1:${port};\n    root ${folder};\n    sendfile on;`);
}

/** nginx that hands on what `upstream` serves, as it would stand before it. */
export function proxyConfig(home: string, port: number, upstream: string): string {
  // A temporary file would be written to where the other contestants write nothing.
  return nginxConfig(
    home,
    `listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_max_temp_file_size 0;
    }`,
  );
}

/** One process in the foreground, as whoever runs it, that writes into `home` alone. */
function nginxConfig(home: string, server: string): string {
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
  server {
    ${server}
    location = /-/up {
      return 200;
    }
  }
}
`;
}
