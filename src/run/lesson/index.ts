export * from './handIn';
export * from './lesson';
export * from './trim';
