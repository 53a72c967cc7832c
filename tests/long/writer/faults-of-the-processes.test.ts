/** At all points of a burn; some of them are in every run. */
import '../../integration/writer/faults-of-the-processes.test.ts';
