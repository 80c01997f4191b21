// Media types as people name them; the whole one stays in the details.
const kNames: Record<string, string> = {
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'DOCX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'XLSX',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PPTX',
  'application/vnd.oasis.opendocument.text': 'ODT', 'application/vnd.oasis.opendocument.spreadsheet': 'ODS',
  'application/vnd.oasis.opendocument.presentation': 'ODP', 'application/msword': 'DOC', 'application/vnd.ms-excel': 'XLS',
  'application/vnd.ms-powerpoint': 'PPT', 'application/vnd.ms-outlook': 'MSG', 'application/x-ole-storage': 'Office 97',
  'application/pdf': 'PDF', 'application/rtf': 'RTF', 'text/rtf': 'RTF', 'image/jpeg': 'JPEG', 'image/png': 'PNG', 'image/gif': 'GIF',
  'image/tiff': 'TIFF', 'image/bmp': 'BMP', 'image/webp': 'WebP', 'image/svg+xml': 'SVG', 'application/zip': 'ZIP', 'application/gzip': 'GZIP',
  'application/x-7z-compressed': '7z', 'application/x-xz': 'XZ', 'application/zstd': 'Zstandard', 'application/x-tar': 'TAR',
  'application/vnd.sqlite3': 'SQLite', 'application/x-sqlite3': 'SQLite', 'text/html': 'HTML', 'text/xml': 'XML', 'application/xml': 'XML',
  'application/json': 'JSON', 'text/csv': 'CSV', 'video/mp4': 'MP4', 'audio/mpeg': 'MP3', 'message/rfc822': 'EML',
};
export function media_type_name(type: string): string {
  return kNames[type] ?? type.replace(/^(?:application|image|audio|video)\/(?:x-|vnd\.)?/, '');
}
