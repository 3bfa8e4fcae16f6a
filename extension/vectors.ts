// Vectors on their way through a port, which carries JSON: base64 of their bytes takes a quarter of what digits take.

import type { Vectors } from "./protocol";

// String.fromCharCode takes its bytes as arguments, of which there may not be too many.
const PIECE = 8192;

export function packVectors(model: string, rows: readonly (readonly number[])[]): Vectors {
  const width = rows[0]?.length ?? 0;
  const numbers = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    numbers.set(row, i * width);
  });
  const bytes = new Uint8Array(numbers.buffer);
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE) binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return { model, width, data: btoa(binary) };
}

export function unpackVectors({ width, data }: Vectors): Float32Array[] {
  const binary = atob(data);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  const numbers = new Float32Array(bytes.buffer);
  const rows: Float32Array[] = [];
  for (let at = 0; width > 0 && at < numbers.length; at += width) rows.push(numbers.subarray(at, at + width));
  return rows;
}
