/** A hundred jobs; some are in every run. */
import '../../integration/writer/forged-mutations.test.ts';
