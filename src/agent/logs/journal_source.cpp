#include "agent/logs/journal_source.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>

#include "agent/logs/journal_library.h"

namespace vedette::agent {
namespace {

constexpr std::string_view kHead = "head";
constexpr int kLocalOnly = 1, kInvalidated = 2;  // SD_JOURNAL_LOCAL_ONLY, SD_JOURNAL_INVALIDATE

std::unexpected<Error> failed(std::string_view what, int result) {
  return fail(result == -EACCES || result == -EPERM ? ErrorCode::kForbidden : ErrorCode::kUnavailable,
              fmt::format("the journal cannot be {}: {}", what, std::strerror(-result)));
}

// Text that stands on one line. Everything else goes with its length (Journal Export Format).
bool is_plain(std::string_view value) {
  for (const unsigned char c : value)
    if (c < 0x20 && c != '\t') return false;
  return true;
}

}  // namespace

JournalSource::~JournalSource() {
  if (auto calls = JournalLibrary::get(); calls && journal_) (*calls)->close(journal_);
}

Result<void> JournalSource::open() {
  TRY_ASSIGN(const auto* calls, JournalLibrary::get());
  const int result = folder_.empty() ? calls->open(&journal_, kLocalOnly)
                                     : calls->open_directory(&journal_, folder_.c_str(), 0);
  if (result < 0) {
    journal_ = nullptr;
    return failed("opened", result);
  }
  calls->set_data_threshold(journal_, kFieldBytesMax);
  calls->get_fd(journal_);  // from now on process() sees new and removed files
  seek_ = true;
  return {};
}

Result<bool> JournalSource::seek(LogPiece& piece) {
  TRY_ASSIGN(const auto* calls, JournalLibrary::get());
  if (position_.empty()) {
    int result = calls->seek_tail(journal_);
    if (result >= 0) result = calls->previous(journal_);
    if (result < 0) return failed("read", result);
    if (result > 0) {
      char* cursor = nullptr;
      if (result = calls->get_cursor(journal_, &cursor); result < 0) return failed("read", result);
      position_ = cursor;
      std::free(cursor);
      return false;
    }
    position_ = kHead;
  }
  if (position_ == kHead) {
    if (const int result = calls->seek_head(journal_); result < 0) return failed("read", result);
    return false;
  }
  int result = calls->seek_cursor(journal_, position_.c_str());
  if (result >= 0) result = calls->next(journal_);
  if (result < 0) return failed("read", result);
  if (result == 0) return false;
  if (calls->test_cursor(journal_, position_.c_str()) > 0) return false;
  ++piece.gaps;
  return true;
}

void JournalSource::add_entry(LogPiece& piece) const {
  const auto* calls = *JournalLibrary::get();
  const auto begin = piece.text.size();
  bool cut = false;
  std::uint64_t micros = 0;
  if (calls->get_realtime_usec(journal_, &micros) >= 0)
    piece.text += fmt::format("__REALTIME_TIMESTAMP={}\n", micros);
  const void* data = nullptr;
  std::size_t size = 0;
  calls->restart_data(journal_);
  while (calls->enumerate_available_data(journal_, &data, &size) > 0) {
    const std::string_view field(static_cast<const char*>(data), size);
    const auto equal = field.find('=');
    if (equal == std::string_view::npos) continue;
    if (piece.text.size() - begin + field.size() > kEntryBytesMax) {
      cut = true;
      continue;
    }
    const auto value = field.substr(equal + 1);
    if (is_plain(value)) {
      (piece.text += field) += '\n';
      continue;
    }
    (piece.text += field.substr(0, equal)) += '\n';
    for (int i = 0; i < 8; ++i) piece.text += static_cast<char>((value.size() >> (8 * i)) & 0xFF);
    (piece.text += value) += '\n';
  }
  piece.text += '\n';
  ++piece.events;
  piece.cut += cut ? 1 : 0;
}

Result<void> JournalSource::read(std::size_t bytes_max, LogPiece& piece) {
  if (!journal_) TRY(open());
  TRY_ASSIGN(const auto* calls, JournalLibrary::get());
  // Files came or went: what was under the cursor may be gone.
  if (const int result = calls->process(journal_); result == kInvalidated || result < 0) seek_ = true;
  bool here = false;
  if (seek_) {
    TRY_ASSIGN(here, seek(piece));
    seek_ = false;
  }
  bool any = false;
  int result = 0;
  while (piece.text.size() < bytes_max) {
    if (!here) result = calls->next(journal_);
    if (!here && result <= 0) break;
    here = false;
    add_entry(piece);
    any = true;
  }
  if (any) {
    char* cursor = nullptr;
    if (const int got = calls->get_cursor(journal_, &cursor); got < 0) {
      // Where it was read to cannot be kept: it is read again.
      piece.text.clear();
      piece.events = 0;
      seek_ = true;
      return failed("read", got);
    }
    position_ = cursor;
    std::free(cursor);
  }
  if (result < 0) {
    seek_ = true;
    return failed("read", result);
  }
  return {};
}

}  // namespace vedette::agent
