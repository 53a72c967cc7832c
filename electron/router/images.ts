import type { Services } from '../services/services.ts';
import type { Implementation } from './implementation.ts';

export function imageHandlers(images: Implementation['images'], services: Services) {
  return {
    list: images.list.handler(() => services.images.list()),
    add: images.add.handler(({ input }) => services.images.add(input)),
    verify: images.verify.handler(({ input, signal }) =>
      services.images.verify(input.name, signal === undefined ? {} : { signal }),
    ),
  };
}
