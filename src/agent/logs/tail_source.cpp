#include "agent/logs/tail_source.h"

#include <boost/json.hpp>

namespace vedette::agent {
namespace json = boost::json;

std::string_view audit_event_of(std::string_view line) {
  constexpr std::string_view kBegin = "msg=audit(";
  const auto begin = line.substr(0, 200).find(kBegin);
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin + kBegin.size());
  const auto end = line.substr(0, 100).find(')');
  return end == std::string_view::npos ? std::string_view() : line.substr(0, end);
}

TailSource::TailSource(const std::string& path, logs::FileTail::From from, bool audit, const Clock& clock)
    : audit_(audit), clock_(clock), tail_(path, from) {}
TailSource::TailSource(const std::string& path, logs::TailPosition position, bool audit, const Clock& clock)
    : audit_(audit), clock_(clock), tail_(path, position), position_(std::move(position)) {}

Result<std::unique_ptr<TailSource>> TailSource::resume(const std::string& path, const std::string& position,
                                                       bool audit, const Clock& clock) {
  json::error_code error;
  const auto value = json::parse(position, error);
  const auto* object = error ? nullptr : value.if_object();
  auto wrong = fail(ErrorCode::kInvalid, "the position that was kept of " + path + " cannot be read");
  if (!object) return wrong;
  logs::TailPosition out;
  for (auto [name, field] : {std::pair("device", &out.device), std::pair("inode", &out.inode),
                             std::pair("offset", &out.offset), std::pair("head_bytes", &out.head_bytes)}) {
    const auto* number = object->if_contains(name);
    if (!number || !number->is_number()) return wrong;
    *field = number->to_number<std::uint64_t>(error);
    if (error) return wrong;
  }
  const auto* hash = object->if_contains("head_hash");
  if (!hash || !hash->is_string() || out.head_bytes > logs::TailPosition::kHeadBytes) return wrong;
  out.head_hash = hash->get_string();
  return std::unique_ptr<TailSource>(new TailSource(path, std::move(out), audit, clock));
}

std::string TailSource::position() const {
  if (position_.inode == 0) return {};
  return json::serialize(json::object{{"device", position_.device},
                                      {"inode", position_.inode},
                                      {"offset", position_.offset},
                                      {"head_bytes", position_.head_bytes},
                                      {"head_hash", position_.head_hash}});
}

Result<void> TailSource::read(std::size_t bytes_max, LogPiece& piece) {
  auto told = [&] { piece.gaps += tail_.counters().gaps - std::exchange(gaps_, tail_.counters().gaps); };
  std::size_t bytes = 0;
  auto before = tail_.position();
  while (bytes < bytes_max) {
    auto line = tail_.next();
    if (!line) {
      told();
      if (held_.empty()) position_ = tail_.position();
      return std::unexpected(std::move(line).error());
    }
    if (!*line) break;
    const auto text = (*line)->text;
    piece.cut += (*line)->cut ? 1 : 0;
    bytes += text.size() + 1;
    if (audit_) {
      const auto event = audit_event_of(text);
      if (held_lines_ > 0 && (event.empty() || event != audit_event_of(held_))) {
        give_held(piece);
        position_ = before;
      }
      before = tail_.position();
      (held_ += text) += '\n';
      ++held_lines_;
      held_at_ = clock_.steady();
      if (event.empty() || text.starts_with("type=EOE ")) {
        give_held(piece);
        position_ = before;
      }
    } else {
      (piece.text += text) += '\n';
      ++piece.events;
    }
  }
  told();
  // Nothing of an event that is larger than all that is read at once is waited for.
  if (held_.size() >= bytes_max) give_held(piece);
  if (held_lines_ > 0 && clock_.steady() - held_at_ >= kAuditWait) give_held(piece);
  if (held_lines_ == 0) position_ = tail_.position();
  return {};
}

// What was held back is given.
void TailSource::give_held(LogPiece& piece) {
  piece.text += held_;
  piece.events += held_lines_;
  held_.clear();
  held_lines_ = 0;
}

}  // namespace vedette::agent
