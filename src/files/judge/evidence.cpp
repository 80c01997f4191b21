#include "files/judge/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "files/judge/file_type.h"

namespace vedette::files {
namespace {

constexpr std::uint64_t kFewestLost = 16;      // bytes; less is a counter or a time stamp
constexpr std::uint64_t kPayloadFewest = 512;  // bytes over the middle of a payload
constexpr std::uint64_t kEncodedCopy = 512;    // bytes of base64 or hexadecimal text
constexpr double kHighEntropy = 6;             // bits per byte: above texts, code and tables
// χ² per byte over what chance gives. Texts and tables have 5 to 20, machine code 2, deflate 0.05.
constexpr double kMeaningful = 0.3;

bool salted(std::string_view media) { return media == "application/x-openssl-salted"; }
bool crypt(std::string_view media) { return trait_of(media) == TypeTrait::kCrypt && !salted(media); }

// Of few bytes even random ones have a low entropy: judged by how far they are below the possible.
bool high_entropy(const ContentChange& c) {
  if (c.bytes_measured == 0) return false;
  const double possible = std::min(8.0, std::log2(static_cast<double>(c.bytes_measured)));
  return c.changed_entropy > kHighEntropy || c.changed_entropy > 0.93 * possible;
}

bool before_plain(const ContentChange& c) {
  const double bytes = static_cast<double>(std::max<std::uint64_t>(c.bytes_measured, 1));
  return !c.before_uniform && (c.before_chi2 - 255) / bytes > kMeaningful;
}

void weigh_loss(const FileChange& change, const Thresholds& t, Evidence& out) {
  const ContentChange& c = *change.content;
  const TypeTrait before = trait_of(c.type_before), after = trait_of(c.type_after);
  const bool same = c.type_before == c.type_after;
  const bool random = c.changed_uniform || salted(c.type_after);
  const std::map<std::string, std::string> what{{"path", change.path},
                                                {"type", c.type_before.empty() ? "?" : c.type_before},
                                                {"now", c.type_after.empty() ? "?" : c.type_after}};

  if (crypt(c.type_before) || salted(c.type_before)) return;
  if (c.type_before.empty()) {
    if (c.type_after.empty() && random && before_plain(c))
      out.add_strong(t.became_random, "files.judge.became_random", what);
    if (salted(c.type_after) && before_plain(c))
      out.add_strong(t.became_random, "files.judge.became_random", what);
    return;
  }
  if (c.type_after == "text/x-base64" && !same && c.type_before != "application/x-pem-file") {
    out.add_strong(t.became_encoded, "files.judge.became_encoded", what);
    return;
  }
  if (crypt(c.type_after)) {
    out.add_strong(t.copied_crypt, "files.judge.became_crypt", what);
    return;
  }
  if (same) {
    if (c.structure_before && !c.structure_after) {
      if (random) {
        out.add_strong(t.broken_in_place, "files.judge.broken_in_place", what);
      } else if (high_entropy(c)) {
        out.add_strong(t.broken_in_place / 2, "files.judge.broken_in_place", what);
      }
      return;
    }
    const bool written_once =
        before == TypeTrait::kMedia || before == TypeTrait::kCompressed || before == TypeTrait::kDocument;
    // A database replaces what it likes, but hardly pages of words by pure chance without growing.
    const bool words =
        before == TypeTrait::kDatabase && before_plain(c) && change.size_after == change.size_before;
    const std::uint64_t lost = c.bytes_changed - c.bytes_appended - c.bytes_filled;
    if ((written_once || words) && random && c.in_place && lost >= kPayloadFewest &&
        change.size_after >= change.size_before)
      out.add_strong(t.payload_random, "files.judge.payload_random", what);
    return;
  }
  if (after == TypeTrait::kUnknown || salted(c.type_after)) {
    const bool document = before != TypeTrait::kText;
    if (random) {
      out.add_strong(t.became_random, "files.judge.became_random", what);
    } else if (document && c.structure_before && high_entropy(c) && c.bytes_measured >= 64) {
      out.add_strong(t.type_lost, "files.judge.type_lost", what);
    } else {
      out.add_weak(t.text_lost, "files.judge.type_lost", what);
    }
    return;
  }
  if (!c.structure_after && random) {
    out.add_strong(t.became_random, "files.judge.forged_type", what);
  } else if (random && after != TypeTrait::kText &&
             !(before == TypeTrait::kText && after == TypeTrait::kCompressed)) {
    out.add_strong(t.foreign_type, "files.judge.foreign_type", what);
  } else if (before != TypeTrait::kText && after == TypeTrait::kText && high_entropy(c) &&
             c.changed_entropy < 7) {
    out.add_weak(t.text_lost, "files.judge.type_lost", what);
  }
}

}  // namespace

void Evidence::add_strong(double weight, std::string_view key, std::map<std::string, std::string> arguments) {
  strong += weight;
  reasons.push_back({weight, {std::string(key), std::move(arguments)}});
}

void Evidence::add_weak(double weight, std::string_view key, std::map<std::string, std::string> arguments) {
  weak += weight;
  reasons.push_back({weight, {std::string(key), std::move(arguments)}});
}

Evidence weigh_content(const FileChange& change, const Thresholds& thresholds) {
  Evidence out;
  if (!change.content || change.size_before == 0 || change.size_after == 0) return out;
  const ContentChange& c = *change.content;
  // What was only appended, or written into a hole, took nothing away.
  if (c.bytes_changed < c.bytes_appended + c.bytes_filled + std::min(kFewestLost, change.size_before / 2))
    return out;
  weigh_loss(change, thresholds, out);
  return out;
}

Evidence weigh_name(const FileChange& change, const Thresholds& thresholds) {
  Evidence out;
  const std::string ending = unknown_ending(change), had = extension_of(file_name(change.old_path));
  if (ending.empty() || (!had.empty() && !known_extension(had))) return out;
  out.add_weak(thresholds.renamed, "files.judge.renamed", {{"path", change.path}, {"ending", ending}});
  return out;
}

std::string unknown_ending(const FileChange& change) {
  const std::string_view now = file_name(change.path), old = file_name(change.old_path);
  if (now.starts_with('.') || old.starts_with('.')) return {};  // a temporary name of a program
  std::string ending = extension_of(now);
  return ending == extension_of(old) || known_extension(ending) ? std::string() : ending;
}

CopyKind copy_kind(const ContentChange& content) {
  if (crypt(content.type_after)) return CopyKind::kCrypt;
  if (salted(content.type_after)) return CopyKind::kRandom;
  // A short list of hashes is hardly to be told from encoded ciphertext, and a document is longer.
  if (content.type_after == "text/x-base64" && content.bytes_measured >= kEncodedCopy)
    return CopyKind::kRandom;
  if (content.changed_uniform && (content.type_after.empty() || !content.structure_after))
    return CopyKind::kRandom;
  return CopyKind::kNone;
}

bool had_meaning(const ContentChange& content) {
  if (crypt(content.type_before) || salted(content.type_before)) return false;
  return !content.type_before.empty() || !content.before_uniform;
}

bool meaning_is_known(const ContentChange& content) {
  return !content.type_before.empty() && had_meaning(content);
}

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view directory_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string extension_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || name.size() - dot > 24) return {};
  std::string out(name.substr(dot));
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : static_cast<char>(c);
  });
  return out;
}

}  // namespace vedette::files
