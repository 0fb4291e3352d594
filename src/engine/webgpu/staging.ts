/** Buffers through which results come back to the host, kept for the next time. */

const smallest = 256;
/** Larger ones are rare (whole arenas for a checkpoint) and are given back at once. */
const largestKept = 16 * 1024 * 1024;
const mostKept = 4;

export class Staging {
  readonly #device: GPUDevice;
  readonly #free: GPUBuffer[] = [];
  #bytes = 0;
  #count = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes and buffers held, in use or kept. */
  get held(): { bytes: number; buffers: number } {
    return { bytes: this.#bytes, buffers: this.#count };
  }

  /**
   * Copies a range out once everything submitted so far has run.
   * @param offset in bytes, a multiple of 4, as is `bytes`
   */
  async read(source: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    const buffer = this.#take(bytes);
    try {
      const encoder = this.#device.createCommandEncoder({ label: 'lethe read' });
      encoder.copyBufferToBuffer(source, offset, buffer, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      await buffer.mapAsync(GPUMapMode.READ, 0, bytes);
      const data = buffer.getMappedRange(0, bytes).slice(0);
      buffer.unmap();
      this.#giveBack(buffer);
      return data;
    } catch (error) {
      this.#destroy(buffer);
      throw error;
    }
  }

  dispose(): void {
    for (const buffer of this.#free.splice(0)) this.#destroy(buffer);
  }

  #take(bytes: number): GPUBuffer {
    let size = smallest;
    while (size < bytes && size < largestKept) size *= 2;
    if (size < bytes) size = bytes;
    const found = this.#free.findIndex((buffer) => buffer.size === size);
    if (found >= 0) return this.#free.splice(found, 1)[0]!;
    this.#bytes += size;
    this.#count += 1;
    return this.#device.createBuffer({
      label: 'lethe read',
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  #giveBack(buffer: GPUBuffer): void {
    if (buffer.size > largestKept || this.#free.length >= mostKept) this.#destroy(buffer);
    else this.#free.push(buffer);
  }

  #destroy(buffer: GPUBuffer): void {
    this.#bytes -= buffer.size;
    this.#count -= 1;
    buffer.destroy();
  }
}
