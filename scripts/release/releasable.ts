/**
 * Why nobody could tell later what a release of these sources was made of; undefined where one can.
 * `revision` is a commit, with `-dirty` behind it where files differ, or `unknown`.
 */
export function releaseObstacle(
  version: string,
  revision: string,
  changelog: string,
): string | undefined {
  if (!/^\d+\.\d+\.\d+(-[0-9a-z]+(\.[0-9a-z]+)*)?$/.test(version)) {
    return `package.json: version: found ${
      JSON.stringify(version)
    }, wanted one like 1.2.3 or 1.2.3-rc.1`;
  }
  if (!/^[0-9a-f]{40}$/.test(revision)) {
    return `found revision ${
      JSON.stringify(revision)
    }, wanted a commit, and nothing that differs from it`;
  }
  if (!changelogHeadings(changelog).includes(version)) {
    return `CHANGELOG.md: found no heading "## ${version}", wanted one`;
  }
  return undefined;
}

/** What the changelog has sections of: versions, the newest first, and perhaps `Unreleased`. */
export function changelogHeadings(changelog: string): string[] {
  return [...changelog.matchAll(/^## \[?([^\s\]]+)/gm)].map(([, heading]) => heading);
}
