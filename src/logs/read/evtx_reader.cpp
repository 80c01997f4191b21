#include "logs/read/evtx_reader.h"

#include <algorithm>

#include "logs/read/json_out.h"

namespace vedette::logs {
namespace {

constexpr std::string_view kFileMagic{"ElfFile\0", 8}, kChunkMagic{"ElfChnk\0", 8}, kRecordMagic{"**\0\0", 4};
constexpr std::size_t kRecordsBegin = 512, kRecordHeader = 24, kRecordBytesMin = kRecordHeader + 4;

}  // namespace

bool like_evtx(std::string_view head) { return head.starts_with(kFileMagic); }

Result<std::size_t> EvtxReader::fill(std::span<char> out) {
  std::size_t size = 0;
  while (size < out.size()) {
    TRY_ASSIGN(const std::size_t count, input_.read(out.subspan(size)));
    if (count == 0) break;
    size += count;
  }
  return size;
}

Result<bool> EvtxReader::next_chunk() {
  if (!begun_) {
    begun_ = true;
    TRY_ASSIGN(const std::size_t size, fill(std::span(chunk_).first(kFileHeaderBytes)));
    if (size < kFileHeaderBytes || !like_evtx({chunk_.data(), size})) {
      return fail(ErrorCode::kInvalid, "no Windows event log: its header is missing");
    }
  }
  for (;;) {
    TRY_ASSIGN(const std::size_t size, fill(chunk_));
    if (size == 0) return false;
    ++chunks_;
    const std::string_view chunk(chunk_.data(), size);
    if (chunk.starts_with(kChunkMagic) && size > kRecordsBegin) {
      xml_.set_chunk(chunk);
      at_ = kRecordsBegin;
      end_ = std::min<std::size_t>(Bytes(chunk, 48).u32(), size);
      return true;
    }
    // Windows writes files ahead: what was never used is zero.
    if (chunk.find_first_not_of('\0') != std::string_view::npos)
      counters_.add_unparsed(chunks_, "a damaged chunk");
  }
}

Result<std::optional<EventView>> EvtxReader::next() {
  for (;;) {
    if (at_ + kRecordBytesMin > end_) {
      TRY_ASSIGN(const bool more, next_chunk());
      if (!more) return std::nullopt;
      continue;
    }
    const std::string_view chunk(chunk_.data(), std::max(end_, at_));
    Bytes bytes(chunk, at_ + 4);
    const std::size_t size = bytes.u32();
    const std::uint64_t id = bytes.u64();
    const std::uint64_t ticks = bytes.u64();
    if (chunk.substr(at_, 4) != kRecordMagic || size < kRecordBytesMin || size > end_ - at_) {
      counters_.add_unparsed(chunks_, "a damaged record: the rest of its chunk is left out");
      at_ = end_;
      continue;
    }
    fields_.clear();
    const bool sound = xml_.read(at_ + kRecordHeader, at_ + size - 4, fields_);
    at_ += size;
    if (!sound) counters_.add_unparsed(id, "a record damaged within");
    ++counters_.read;
    if (fields_.cut()) ++counters_.cut;
    write_json(fields_.fields(), raw_);
    return EventView{fields_.fields(), raw_, false, filetime(ticks), {}};
  }
}

}  // namespace vedette::logs
