// Writes docs/errors.md from src/errors.ts: `npm run build && node scripts/error-codes.mjs`, after a code came, went or changed its meaning.
import { writeFileSync } from 'node:fs';
import { errorClassesOf, errorCodesText } from '../dist/testing/error-codes.js';

writeFileSync('docs/errors.md', errorCodesText(errorClassesOf()));
