/**
 * `npm run package:icons`: the icons of the packages from build/icon.svg, drawn by Chromium: build/icons/<size>x<size>.png
 * for Linux and build/icon.ico for Windows. The files are committed, so that packaging needs no browser.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { root } from './bootstrap.mjs';

/** The sizes that the hicolor theme has folders for (Icon Theme Specification) and desktops ask for. */
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512];
/** Explorer's sizes at 100, 150 and 200 % scale. */
const windowsSizes = [16, 24, 32, 48, 64, 256];

const build = join(root, 'build');
const svg = await readFile(join(build, 'icon.svg'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox', '--disable-gpu'] : ['--disable-gpu'],
});
try {
  const pictures = new Map();
  for (const size of linuxSizes) pictures.set(size, await draw(size));
  await mkdir(join(build, 'icons'), { recursive: true });
  for (const [size, png] of pictures) await writeFile(join(build, 'icons', `${size}x${size}.png`), png);
  await writeFile(join(build, 'icon.ico'), iconFile(windowsSizes.map((size) => [size, pictures.get(size)])));
} finally {
  await browser.close();
}

async function draw(size) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const image = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  await page.setContent(
    `<body style="margin:0"><img src="${image}" width="${size}" height="${size}" style="display:block"></body>`,
  );
  await page.waitForFunction(() => document.images[0]?.complete);
  const png = await page.screenshot({ omitBackground: true });
  await page.close();
  return png;
}

/**
 * ICONDIR, one ICONDIRENTRY for each size, then the PNGs themselves (Microsoft, "Icons" and, for PNG in icons, Windows Vista
 * and later). A width or height of 256 is written as 0.
 */
function iconFile(images) {
  const entrySize = 16;
  const head = Buffer.alloc(6 + entrySize * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  for (const [index, [size, png]] of images.entries()) {
    const entry = 6 + entrySize * index;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...images.map(([, png]) => png)]);
}
