/**
 * A vitest reporter that says little: one line per file, failures in full, every skipped test with its reason, and the
 * counts as JSON into the file named by KEYWARDEN_COUNTS. A test skipped without a reason counts as failed.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** `step 1: options are configured (not applicable: the caller makes them)` says why it is skipped. */
const reasonInTitle = (title) => /\(([^()]{8,})\)[^()]*$/.exec(title)?.[1];

export default class PlainReporter {
  counts = { passed: 0, failed: 0, skipped: 0 };

  onTestModuleEnd(module) {
    const file = path.relative(process.cwd(), module.moduleId);
    let passed = 0;
    const failures = [];
    const skips = [];
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'failed') failures.push({ name: test.fullName, errors: result.errors ?? [] });
      else skips.push({ name: test.fullName, note: result.note, titled: reasonInTitle(test.fullName) });
    }
    for (const error of module.errors()) failures.push({ name: '(file)', errors: [error] });
    for (const suite of module.children.allSuites()) {
      for (const error of suite.errors()) failures.push({ name: suite.fullName, errors: [error] });
    }
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    const unexplained = skips.filter((skip) => !skip.note && !skip.titled);
    const ok = failures.length === 0 && unexplained.length === 0;
    process.stdout.write(`  ${ok ? '✓' : '✗'} ${file}  ${passed} passed  ${seconds} s\n`);
    for (const { name, errors } of failures) {
      process.stdout.write(`\n    ✗ ${name}\n`);
      for (const error of errors) {
        // Of a test that took too long the stack does not say so.
        const { stack = '', message = String(error) } = error;
        const text = stack.includes(message) ? stack : `${message}\n${stack}`;
        const diff = error.diff ? `\n${error.diff}` : '';
        process.stdout.write(`${`${text}${diff}`.replace(/^/gm, '      ')}\n`);
      }
    }
    for (const { name, note, titled } of skips) {
      const reason = note || (titled ? '' : 'SKIPPED WITHOUT A REASON, counted as failed');
      process.stdout.write(`    – ${name}${reason ? `: ${reason}` : ''}\n`);
    }
    this.counts.passed += passed;
    this.counts.failed += failures.length + unexplained.length;
    this.counts.skipped += skips.length - unexplained.length;
  }

  onTestRunEnd(_modules, unhandledErrors) {
    for (const error of unhandledErrors) {
      this.counts.failed += 1;
      process.stdout.write(
        `\n  ✗ error outside of any test\n${String(error.stack ?? error.message).replace(/^/gm, '    ')}\n`,
      );
    }
    const file = process.env.KEYWARDEN_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(this.counts));
  }
}
