// The hook that `mutant-loader.mjs` registers: puts a text in place of a stretch of one module's source. No file is written.
const { url: target, start, end, text } = JSON.parse(process.env.WIREBOOK_MUTANT);

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (url !== target) return loaded;
  const source = String(loaded.source);
  return { ...loaded, source: source.slice(0, start) + text + source.slice(end) };
}
