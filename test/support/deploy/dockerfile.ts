export interface DockerStage {
  readonly image: string;
  readonly platform?: string;
  readonly name?: string;
  readonly instructions: readonly { readonly name: string; readonly words: readonly string[] }[];
}

/** The stages of a Dockerfile: instructions with their words, of which one in quotes is whole. */
export function dockerStages(text: string): DockerStage[] {
  const lines = text.replace(/^#.*\n/gm, "").replace(/\\\n\s*/g, "").split("\n").filter(Boolean);
  const stages: (DockerStage & { instructions: { name: string; words: string[] }[] })[] = [];
  for (const line of lines) {
    const [name, ...words] = line.match(/(?:[^\s"]|"[^"]*")+/g)!;
    if (name !== "FROM") {
      stages.at(-1)!.instructions.push({ name, words });
      continue;
    }
    const platform = words[0].startsWith("--platform=")
      ? words.shift()!.slice("--platform=".length)
      : undefined;
    const [image, , stage] = words;
    stages.push({ image, platform, name: stage, instructions: [] });
  }
  return stages;
}
