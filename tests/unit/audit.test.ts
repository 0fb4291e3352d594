import { expect, test } from 'vitest';
import { readAudit } from '../../tools/audit.mjs';

test('an answer without vulnerabilities, with some, and no answer are told apart', () => {
  expect(readAudit('{"auditReportVersion":2,"vulnerabilities":{}}')).toEqual({ answered: true, told: [] });
  const some = { vulnerabilities: { left: { severity: 'high', range: '<1.2.3' } } };
  expect(readAudit(JSON.stringify(some))).toEqual({ answered: true, told: ['left <1.2.3: high'] });
  for (const text of ['', 'not JSON', '{"message":"405","error":{"summary":"no such endpoint"}}'])
    expect(readAudit(text)).toEqual({ answered: false, told: [] });
});
