// `npm run bench -- NAME [--json] [--quick]`: runs `bench/NAME.ts`.
const [name, ...options] = process.argv.slice(2);
if (name === undefined || !/^[a-z][a-z-]*$/.test(name)) {
  console.error('Usage: npm run bench -- NAME [--json] [--quick], NAME being a file in bench/');
  process.exit(1);
}
const { run } = (await import(`./${name}.js`)) as {
  run(options: { json: boolean; quick: boolean }): Promise<void>;
};
await run({ json: options.includes('--json'), quick: options.includes('--quick') });
