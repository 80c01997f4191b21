#include "files/judge/copies.h"

#include <algorithm>
#include <cctype>

namespace vedette::files {
namespace {

constexpr std::size_t kWaitingMax = 8192;
constexpr std::size_t kReadsMax = 65'536;
constexpr std::size_t kLookedMax = 64;     // candidates of one directory, session or stem
constexpr std::uint64_t kSizeTells = 512;  // below, a header is more than the content
constexpr auto kWait = std::chrono::hours(24);

std::string_view stem(std::string_view path) {
  const std::string_view name = file_name(path);
  const auto dot = name.find('.', 1);
  return name.substr(0, dot);
}

// Ciphertext has the size of its plain text and a header, a key, padding; base64 is a third longer, in lines.
bool ciphertext_size(std::uint64_t plain, std::uint64_t cipher) {
  const auto a = static_cast<double>(plain), b = static_cast<double>(cipher);
  if (b >= a && b <= a + 1024 + a / 100) return true;
  return b >= a * 4 / 3 && b <= a * 1.37 + 1024;
}

bool name_made_from(std::string_view copy, std::string_view original) {
  const std::string_view c = file_name(copy), o = file_name(original);
  // report.docx.locked, report.docx[mail].x; but segment 100 is not made from segment 10.
  const auto alphanumeric = [](char x) { return std::isalnum(static_cast<unsigned char>(x)) != 0; };
  if (o.size() >= 3 && c.size() > o.size() && c.starts_with(o) && !alphanumeric(c[o.size()])) return true;
  const std::string_view so = stem(o);
  return so.size() >= 3 && c != o && stem(c) == so && directory_of(copy) == directory_of(original);
}

std::string read_key(const std::string& session, const std::string& path) { return session + '\n' + path; }

}  // namespace

bool Copies::read_by(const std::string& session, const std::string& path) const {
  return reads_.contains(read_key(session, path));
}

void Copies::saw_read(const std::string& session, const std::string& path, std::uint64_t size) {
  std::string key = read_key(session, path);
  if (!reads_.emplace(key, size).second) return;
  reads_order_.push_back(std::move(key));
  if (reads_order_.size() > kReadsMax) {
    reads_.erase(reads_order_.front());
    reads_order_.pop_front();
  }
}

bool Copies::fits(const Waiting& copy, const Waiting& loss, bool copy_first) const {
  if (copy.path == loss.path) return false;
  // Whoever clears a folder in which somebody's encrypted copies lie beside their originals encrypted
  // nothing.
  if (copy.kind == CopyKind::kCrypt && copy.session != loss.session) return false;
  const bool here = directory_of(copy.path) == directory_of(loss.path);
  const bool read = copy.session == loss.session && read_by(copy.session, loss.path);
  // A name alone says nothing across folders: the same document lies in many.
  if (name_made_from(copy.path, loss.path) && (here || read)) return true;
  if (loss.size < kSizeTells || !loss.meaning_known || !ciphertext_size(loss.size, copy.size)) return false;
  return read || (here && (copy_first || copy.session == loss.session));
}

std::optional<CopyPair> Copies::match(const Waiting& now, bool losses) {
  const auto look = [&](const auto& index, const std::string& key) -> Waiting* {
    const auto found = index.find(key);
    if (found == index.end()) return nullptr;
    const auto& numbers = found->second;
    for (std::size_t i = 0; i < std::min(numbers.size(), kLookedMax); ++i) {
      const std::uint64_t number = numbers[numbers.size() - 1 - i];
      if (number < first_) break;
      Waiting& other = waiting_[number - first_];
      if (other.done || (other.kind == CopyKind::kNone) != losses || now.at - other.at > kWait) continue;
      if (losses ? fits(now, other, false) : fits(other, now, true)) return &other;
    }
    return nullptr;
  };
  Waiting* other = look(by_stem_, std::string(stem(now.path)));
  if (!other) other = look(by_directory_, std::string(directory_of(now.path)));
  if (!other) other = look(by_session_, now.session);
  if (!other) return std::nullopt;
  other->done = true;
  return losses ? CopyPair{other->path, now.path, now.kind} : CopyPair{now.path, other->path, other->kind};
}

void Copies::keep(Waiting entry) {
  const std::uint64_t number = first_ + waiting_.size();
  const auto enter = [&](auto& index, std::string key) {
    auto& numbers = index[std::move(key)];
    numbers.push_back(number);
    if (numbers.size() > 4 * kLookedMax) numbers.pop_front();
  };
  enter(by_directory_, std::string(directory_of(entry.path)));
  enter(by_session_, entry.session);
  enter(by_stem_, std::string(stem(entry.path)));
  waiting_.push_back(std::move(entry));
  if (waiting_.size() <= kWaitingMax) return;
  const Waiting& oldest = waiting_.front();
  const auto leave = [&](auto& index, const std::string& key) {
    const auto found = index.find(key);
    if (found == index.end()) return;
    while (!found->second.empty() && found->second.front() <= first_) found->second.pop_front();
    if (found->second.empty()) index.erase(found);
  };
  leave(by_directory_, std::string(directory_of(oldest.path)));
  leave(by_session_, oldest.session);
  leave(by_stem_, std::string(stem(oldest.path)));
  waiting_.pop_front();
  ++first_;
}

std::optional<CopyPair> Copies::appeared(const std::string& session, const std::string& path,
                                         std::uint64_t size, CopyKind kind, SteadyTime at) {
  Waiting entry{session, path, size, kind, true, at, false};
  if (auto pair = match(entry, true)) return pair;
  keep(std::move(entry));
  return std::nullopt;
}

std::optional<CopyPair> Copies::lost(const std::string& session, const std::string& path, std::uint64_t size,
                                     bool meaning_known, SteadyTime at) {
  Waiting entry{session, path, size, CopyKind::kNone, meaning_known, at, false};
  if (auto pair = match(entry, false)) return pair;
  keep(std::move(entry));
  return std::nullopt;
}

void Copies::renamed(const std::string& from, const std::string& to) {
  const auto found = by_directory_.find(std::string(directory_of(from)));
  if (found == by_directory_.end()) return;
  for (std::size_t i = 0; i < std::min(found->second.size(), kLookedMax); ++i) {
    const std::uint64_t number = found->second[found->second.size() - 1 - i];
    if (number < first_) break;
    Waiting& entry = waiting_[number - first_];
    if (entry.done || entry.path != from || entry.kind == CopyKind::kNone) continue;
    Waiting moved = entry;
    entry.done = true;
    if (to.empty()) return;
    moved.path = to;
    keep(std::move(moved));
    return;
  }
}

}  // namespace vedette::files
