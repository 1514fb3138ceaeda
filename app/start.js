// Plain JavaScript on purpose: an old Node must be able to read this far to be told that it is too old.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `Loopwatch needs Node 24 or newer; this is ${process.version}. Run "npm install && npm start": npm brings its own Node 24 (with npm 12 or newer, "npm approve-scripts node" may be needed first).\n`,
  );
  process.exit(1);
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
