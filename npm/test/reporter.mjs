// Prints `ok NAME`, `FAILED NAME` and `skipped NAME`, and `N passed, N failed, N skipped` at the end, as
// `cargo xtask test` reads it.
export default async function* reporter(events) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const reasons = new Map();
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type === "test:diagnostic" && data.nesting > 0) yield `${data.message}\n`;
    const isTest = (type === "test:pass" || type === "test:fail") && data.details.type !== "suite";
    // Node reports a file without tests, or one that does not load, as a test of its own name.
    if (!isTest || (data.nesting > 0 && data.details.type === "suite")) continue;
    if (type === "test:fail") {
      count.failed += 1;
      yield `FAILED  ${data.name}\n${data.details.error?.cause?.stack ?? data.details.error}\n`;
    } else if (data.skip !== undefined || data.todo !== undefined) {
      count.skipped += 1;
      yield `skipped ${data.name}\n`;
      reasons.set(data.skip, (reasons.get(data.skip) ?? 0) + 1);
    } else {
      count.passed += 1;
      yield `ok      ${data.name}\n`;
    }
  }
  for (const [reason, tests] of reasons) yield `SKIPPED: ${reason}; ${tests} tests not run\n`;
  yield `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`;
}
