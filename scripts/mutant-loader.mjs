// Loads one compiled module as a mutant: `node --import ./scripts/mutant-loader.mjs`, with what `mutate.mjs` put into WIREBOOK_MUTANT.
import { register } from 'node:module';

register('./mutant-hook.mjs', import.meta.url);
