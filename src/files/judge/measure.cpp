#include "files/judge/measure.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "base/hash.h"
#include "files/judge/byte_source.h"
#include "files/judge/byte_statistics.h"
#include "files/judge/file_type.h"

namespace vedette::files {
namespace {

constexpr std::size_t kStretch = 64 * 1024;
constexpr std::size_t kFront = 256 * 1024;
constexpr std::size_t kJoin = 8;  // equal bytes between two changed runs that chance explains
constexpr std::size_t kPiece = 512;
constexpr std::size_t kRangesMax = 64;
constexpr std::size_t kEncodedSample = 64 * 1024;
constexpr std::size_t kDigestMax = 64 * 1024;
constexpr std::uint64_t kTypeBudget = 1024 * 1024;

Result<std::uint64_t> size_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return fail(ErrorCode::kUnavailable, "the file cannot be examined");
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalid, "not a regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

// Front, end, and stretches between, sorted and disjoint; all of it where the budget allows.
std::vector<ByteRange> stretches(std::uint64_t size, const MeasureLimits& limits) {
  std::vector<ByteRange> out;
  if (size <= limits.bytes_max) {
    for (std::uint64_t at = 0; at < size; at += kStretch) out.push_back({at, std::min(size, at + kStretch)});
    return out;
  }
  const std::uint64_t front = std::min<std::uint64_t>(kFront, limits.bytes_max / 4);
  const std::uint64_t piece =
      std::min<std::uint64_t>(kStretch, std::max<std::uint64_t>(limits.bytes_max / 128, 64));
  for (std::uint64_t at = 0; at < front; at += piece) out.push_back({at, std::min(front, at + piece)});
  const std::uint64_t end = size - piece;
  const std::uint64_t count = (limits.bytes_max - front) / piece;
  std::uint64_t random = limits.seed;
  const std::uint64_t step = count > 1 ? (end - front) / (count - 1) : 0;
  for (std::uint64_t i = 0; i + 1 < count && step > piece; ++i) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX generator
    const std::uint64_t at = front + i * step + (limits.seed == 0 ? 0 : (random >> 33) % (step - piece));
    out.push_back({at, at + piece});
  }
  out.push_back({end, size});
  return out;
}

constexpr std::size_t kBlock = 64;

// Bit i: byte i of the two blocks is the same. Eight at a time (the zero bytes of their difference; Warren,
// Hacker's Delight, 6-1): a file that was encrypted differs in nearly every one, and somebody waits.
std::uint64_t same_bytes(const char* now, const char* then) {
  constexpr std::uint64_t kLow7 = 0x7F7F7F7F7F7F7F7F;
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < kBlock; i += 8) {
    std::uint64_t a, b;
    std::memcpy(&a, now + i, 8);
    std::memcpy(&b, then + i, 8);
    const std::uint64_t off = a ^ b;
    const std::uint64_t zero = ~(((off & kLow7) + kLow7) | off | kLow7);  // 0x80 where a byte is zero
    out |= ((zero >> 7) * 0x0102040810204080 >> 56) << i;
  }
  return out;
}

// Marks as equal the spans of at least kJoin bytes that are the same in both.
void mark_equal(std::string_view after, std::string_view before, std::size_t before_at,
                std::vector<unsigned char>& equal) {
  static_assert(std::endian::native == std::endian::little,
                "same_bytes() takes the first byte for the lowest");
  const std::size_t end = before_at < before.size() ? std::min(after.size(), before.size() - before_at) : 0;
  const char* const now = after.data();
  const char* const then = before.data() + (end > 0 ? before_at : 0);
  std::size_t span = 0;
  // At the border of a stretch a shorter span may go on beyond it.
  const auto end_span = [&](std::size_t at) {
    if (span >= kJoin || (span > 0 && (span == at || at == end)))
      std::memset(equal.data() + (at - span), 1, span);
    span = 0;
  };
  std::size_t i = 0;
  for (; i + kBlock <= end; i += kBlock) {
    const std::uint64_t same = same_bytes(now + i, then + i);
    for (std::size_t at = 0; at < kBlock;) {
      const auto ones = static_cast<std::size_t>(std::countr_one(same >> at));
      span += ones;
      at += ones;
      if (at >= kBlock) break;
      end_span(i + at);
      at += std::min(static_cast<std::size_t>(std::countr_zero(same >> at)), kBlock - at);
    }
  }
  for (; i < end; ++i) {
    if (now[i] == then[i]) {
      ++span;
    } else {
      end_span(i);
    }
  }
  end_span(end);
}

// Where the bytes from `from` on are something else than `value` (0 or 1); the end: nowhere.
std::size_t next_other(const std::vector<unsigned char>& marks, std::size_t from, int value) {
  const auto* found =
      static_cast<const unsigned char*>(std::memchr(marks.data() + from, 1 - value, marks.size() - from));
  return found ? static_cast<std::size_t>(found - marks.data()) : marks.size();
}

class Comparison {
 public:
  Comparison(int before_fd, std::uint64_t before_size, int after_fd, std::uint64_t after_size,
             std::uint64_t budget)
      : before_(before_fd, before_size, 2 * budget),
        after_(after_fd, after_size, budget),
        shift_(static_cast<std::int64_t>(after_size) - static_cast<std::int64_t>(before_size)) {}

  void compare(const ByteRange& range);
  void removed_tail(const MeasureLimits& limits);
  ContentChange finish();
  const std::vector<ByteRange>& touched() const { return touched_; }
  bool failed() const { return before_.failed() || after_.failed(); }

 private:
  void changed_run(std::uint64_t from, std::string_view after, std::string_view before);

  ByteSource before_, after_;
  std::int64_t shift_;
  ContentChange out_;
  ByteStatistics overwritten_, appended_, old_;
  std::string sample_;
  std::vector<ByteRange> touched_;
  bool shifted_ = false, same_after_change_ = false;
};

void Comparison::changed_run(std::uint64_t from, std::string_view after, std::string_view before) {
  if (out_.runs == 0) out_.first_change = from;
  ++out_.runs;
  out_.bytes_changed += after.size();
  if (sample_.size() < kEncodedSample) sample_ += after.substr(0, kEncodedSample - sample_.size());
  if (!touched_.empty() && from - touched_.back().to < 4096) {
    touched_.back().to = from + after.size();
  } else if (touched_.size() < kRangesMax) {
    touched_.push_back({from, from + after.size()});
  } else {
    touched_.back().to = from + after.size();
  }
  for (std::size_t at = 0; at < after.size(); at += kPiece) {
    const std::string_view now = after.substr(at, kPiece);
    const std::string_view then = at < before.size() ? before.substr(at, kPiece) : std::string_view();
    const std::size_t both = std::min(now.size(), then.size());
    if (both > 0 && then.find_first_not_of('\0') == std::string_view::npos) {
      out_.bytes_filled += both;
    } else {
      overwritten_.add(now.substr(0, both));
      old_.add(then);
    }
    appended_.add(now.substr(both));
    out_.bytes_appended += now.size() - both;
  }
}

void Comparison::compare(const ByteRange& range) {
  const auto count = static_cast<std::size_t>(range.to - range.from);
  const std::string after = after_.take(range.from, count);
  const std::string before = before_.take(range.from, count);
  out_.bytes_compared += after.size();
  if (after == before) {
    if (out_.runs > 0 && after.size() >= 64 && after.find_first_not_of(after[0]) != std::string::npos)
      same_after_change_ = true;
    return;
  }
  std::vector<unsigned char> equal(after.size(), 0);
  mark_equal(after, before, 0, equal);
  std::vector<unsigned char> aligned = equal;
  if (shift_ != 0) {
    // What was inserted or removed before moved the rest by the difference of the sizes.
    const std::int64_t at = static_cast<std::int64_t>(range.from) - shift_;
    const std::string moved =
        before_.take(static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0)),
                     at < 0 ? count - std::min<std::size_t>(count, static_cast<std::size_t>(-at)) : count);
    if (at >= 0) {
      mark_equal(after, moved, 0, equal);
    } else if (static_cast<std::uint64_t>(-at) < after.size()) {
      const auto skip = static_cast<std::size_t>(-at);
      std::vector<unsigned char> rest(after.size() - skip, 0);
      mark_equal(std::string_view(after).substr(skip), moved, 0, rest);
      for (std::size_t i = 0; i < rest.size(); ++i) equal[skip + i] |= rest[i];
    }
  }
  for (std::size_t i = 0; i < after.size();) {
    const bool same = equal[i] != 0;
    const std::size_t end = next_other(equal, i, same ? 1 : 0);
    const bool here = same && next_other(aligned, i, 1) >= end;
    const std::string_view bytes = std::string_view(after).substr(i, end - i);
    if (!same) {
      changed_run(range.from + i, bytes,
                  i < before.size() ? std::string_view(before).substr(i, end - i) : "");
    } else if (bytes.size() >= 64 && bytes.find_first_not_of(bytes[0]) != std::string_view::npos) {
      if (!here) shifted_ = true;
      if (here && out_.runs > 0) same_after_change_ = true;
    }
    i = end;
  }
}

void Comparison::removed_tail(const MeasureLimits& limits) {
  if (before_.size() <= after_.size() || shifted_) return;
  const std::uint64_t from = after_.size();
  const std::uint64_t count =
      std::min<std::uint64_t>(before_.size() - from, std::min<std::uint64_t>(limits.bytes_max, kFront));
  old_.add(before_.take(from, static_cast<std::size_t>(count)));
}

ContentChange Comparison::finish() {
  // A rewrite may be longer than what was there; a page of a database that is touched while it grows is not
  // a rewrite.
  ByteStatistics now = overwritten_;
  const std::uint64_t old_bytes = std::min(out_.bytes_compared, before_.size());
  if (overwritten_.count() == 0 || overwritten_.count() * 2 >= old_bytes) now.add(appended_);
  out_.bytes_measured = now.count();
  out_.changed_entropy = now.entropy();
  out_.changed_chi2 = now.chi2();
  out_.changed_uniform = now.uniform();
  out_.before_entropy = old_.entropy();
  out_.before_chi2 = old_.chi2();
  out_.before_uniform = old_.uniform();
  out_.changed_encoded = encodes_uniform(sample_);
  out_.in_place = same_after_change_ && !shifted_;
  return out_;
}

void name_types(ContentChange& change, int before_fd, std::uint64_t before_size, int after_fd,
                std::uint64_t after_size, std::span<const ByteRange> touched) {
  if (before_fd >= 0) {
    ByteSource source(before_fd, before_size, kTypeBudget);
    const FileType type = identify(source, touched);
    change.type_before = type.media;
    change.structure_before = type.sound;
  }
  if (after_fd >= 0) {
    ByteSource source(after_fd, after_size, kTypeBudget);
    const FileType type = identify(source, touched);
    change.type_after = type.media;
    change.structure_after = type.sound;
    if (after_size <= kDigestMax && trait_of(type.media) == TypeTrait::kText) {
      ByteSource text(after_fd, after_size, kDigestMax);
      change.digest_after = sha256_hex(text.take(0, kDigestMax));
    }
  }
}

struct Sampled {
  ByteStatistics statistics;
  std::string sample;
  std::uint64_t bytes = 0;
  bool whole = true;
};

Result<Sampled> sample_file(int fd, std::uint64_t size, const MeasureLimits& limits) {
  Sampled out;
  ByteSource source(fd, size, limits.bytes_max);
  for (const ByteRange& range : stretches(size, limits)) {
    const std::string bytes = source.take(range.from, static_cast<std::size_t>(range.to - range.from));
    if (source.failed()) return fail(ErrorCode::kUnavailable, "the file could not be read to its end");
    out.statistics.add(bytes);
    out.bytes += bytes.size();
    if (out.sample.size() < kEncodedSample) out.sample += bytes.substr(0, kEncodedSample - out.sample.size());
  }
  out.whole = out.bytes == size;
  return out;
}

}  // namespace

Result<ContentChange> measure_change(int before_fd, int after_fd, const MeasureLimits& limits) {
  TRY_ASSIGN(const std::uint64_t before_size, size_of(before_fd));
  TRY_ASSIGN(const std::uint64_t after_size, size_of(after_fd));
  Comparison comparison(before_fd, before_size, after_fd, after_size, limits.bytes_max + kStretch);
  for (const ByteRange& range : stretches(after_size, limits)) comparison.compare(range);
  comparison.removed_tail(limits);
  if (comparison.failed()) return fail(ErrorCode::kUnavailable, "the file could not be read to its end");
  ContentChange out = comparison.finish();
  out.whole = out.bytes_compared >= after_size;
  name_types(out, before_fd, before_size, after_fd, after_size, comparison.touched());
  return out;
}

Result<ContentChange> describe_file(int fd, const MeasureLimits& limits) {
  TRY_ASSIGN(const std::uint64_t size, size_of(fd));
  TRY_ASSIGN(const Sampled sampled, sample_file(fd, size, limits));
  ContentChange out;
  out.bytes_compared = out.bytes_changed = out.bytes_appended = out.bytes_measured = sampled.bytes;
  out.runs = size > 0 ? 1 : 0;
  out.changed_entropy = sampled.statistics.entropy();
  out.changed_chi2 = sampled.statistics.chi2();
  out.changed_uniform = sampled.statistics.uniform();
  out.changed_encoded = encodes_uniform(sampled.sample);
  out.whole = sampled.whole;
  name_types(out, -1, 0, fd, size, {});
  return out;
}

Result<ContentChange> describe_removed(int fd, const MeasureLimits& limits) {
  TRY_ASSIGN(const std::uint64_t size, size_of(fd));
  TRY_ASSIGN(const Sampled sampled, sample_file(fd, size, limits));
  ContentChange out;
  out.bytes_compared = sampled.bytes;
  out.before_entropy = sampled.statistics.entropy();
  out.before_chi2 = sampled.statistics.chi2();
  out.before_uniform = sampled.statistics.uniform();
  out.whole = sampled.whole;
  name_types(out, fd, size, -1, 0, {});
  return out;
}

}  // namespace vedette::files
