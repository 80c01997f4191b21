#include "files/judge/fingerprint.h"

#include <sys/stat.h>

#include <algorithm>

#include "files/judge/byte_source.h"
#include "files/judge/byte_statistics.h"
#include "files/judge/file_type.h"
#include "files/judge/measure.h"

namespace vedette::files {
namespace {

constexpr std::uint64_t kBlock = 4096;
constexpr std::size_t kBlocksMax = 64;
constexpr std::uint64_t kTypeBudget = 64 * 1024;

// FNV-1a, folded; nobody gains by a collision that hides one changed block of many.
std::uint32_t number_of(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

Result<std::uint64_t> size_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(ErrorCode::kUnavailable, "the file cannot be examined");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, "not a regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

FileType type_of(int fd, std::uint64_t size, const std::vector<ByteRange>& touched) {
  ByteSource source(fd, size, kTypeBudget);
  return identify(source, touched);
}

}  // namespace

std::vector<std::uint64_t> block_places(std::uint64_t size) {
  std::vector<std::uint64_t> out;
  const std::uint64_t count = (size + kBlock - 1) / kBlock;
  const std::uint64_t taken = std::min<std::uint64_t>(count, kBlocksMax);
  for (std::uint64_t i = 0; i < taken; ++i)
    out.push_back((taken < 2 ? 0 : i * (count - 1) / (taken - 1)) * kBlock);
  return out;
}

Result<Fingerprint> fingerprint_of(int fd) {
  Fingerprint out;
  TRY_ASSIGN(out.size, size_of(fd));
  ByteSource source(fd, out.size, kBlocksMax * kBlock);
  ByteStatistics statistics;
  for (const auto at : block_places(out.size)) {
    const std::string bytes = source.take(at, kBlock);
    statistics.add(bytes);
    out.blocks.push_back(number_of(bytes));
  }
  if (source.failed()) return fail(ErrorCode::kUnavailable, "the file could not be read to its end");
  out.uniform = statistics.uniform();
  out.entropy = statistics.entropy();
  out.chi2 = statistics.chi2();
  const FileType type = type_of(fd, out.size, {});
  out.type = type.media;
  out.sound = type.sound;
  return out;
}

Result<ContentChange> measure_since(const Fingerprint& before, int fd) {
  TRY_ASSIGN(const std::uint64_t size, size_of(fd));
  // What a new file is said to be, of the blocks that are not as they were.
  TRY_ASSIGN(ContentChange out, describe_file(fd));
  out.type_before = before.type;
  out.structure_before = before.sound;
  out.before_entropy = before.entropy;
  out.before_chi2 = before.chi2;
  out.before_uniform = before.uniform;
  out.bytes_appended = 0;
  ByteSource source(fd, size, kBlocksMax * kBlock);
  const auto places = block_places(before.size);
  ByteStatistics changed;
  std::vector<ByteRange> touched;
  bool same = false, same_behind = false;
  std::string sample;
  for (std::size_t i = 0; i < places.size() && i < before.blocks.size(); ++i) {
    if (places[i] >= size) break;
    const std::string bytes = source.take(places[i], kBlock);
    if (number_of(bytes) == before.blocks[i]) {
      same = true;
      same_behind |= !touched.empty();
      continue;
    }
    changed.add(bytes);
    sample += bytes;
    touched.push_back({places[i], places[i] + bytes.size()});
  }
  if (source.failed()) return fail(ErrorCode::kUnavailable, "the file could not be read to its end");
  if (!same) return out;  // another content altogether
  out.runs = static_cast<std::uint32_t>(touched.size());
  out.bytes_appended = size > before.size ? size - before.size : 0;
  out.bytes_changed = changed.count() + out.bytes_appended;
  out.bytes_measured = changed.count();
  out.first_change = touched.empty() ? before.size : touched.front().from;
  out.changed_entropy = changed.entropy();
  out.changed_chi2 = changed.chi2();
  out.changed_uniform = changed.uniform();
  out.changed_encoded = encodes_uniform(sample);
  out.in_place = same_behind;
  out.whole = places.size() * kBlock >= before.size;
  const FileType type = type_of(fd, size, touched);
  out.type_after = type.media;
  out.structure_after = type.sound;
  return out;
}

ContentChange removed_since(const Fingerprint& before) {
  ContentChange out;
  out.type_before = before.type;
  out.structure_before = before.sound;
  out.before_entropy = before.entropy;
  out.before_chi2 = before.chi2;
  out.before_uniform = before.uniform;
  return out;
}

}  // namespace vedette::files
