import { z } from 'zod';

// The page's content security policy forbids eval; without this zod probes for it and every start is a reported violation.
// It must run before any schema is made, so main.tsx imports it first.
z.config({ jitless: true });
