// Builds what is in amc/ui/editor/dist and gathers the licences of what is in it.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const OUT = "../amc/ui/editor/dist";
const result = await build({
  entryPoints: ["src/editor.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2021",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Built from editor-src/. Licences of its parts: licences.txt */" },
  metafile: true,
  outfile: `${OUT}/editor.js`,
});

copyFileSync("src/editor.css", `${OUT}/editor.css`);

const names = new Set();
for (const file of Object.keys(result.metafile.inputs)) {
  const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file);
  if (found) names.add(found[1]);
}
const texts = [...names].sort().map((name) => {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`));
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(`${OUT}/licences.txt`, texts.join(`\n${"-".repeat(80)}\n\n`));
