// The words of the desk's enumerations, as they are stored and shown in the API.
#include <array>

#include "desk/desk.h"

namespace vedette::desk {
namespace {

constexpr std::array<std::string_view, 3> kStates = {"new", "acknowledged", "closed"};
constexpr std::array<std::string_view, 5> kResolutions = {"none", "true_positive", "false_positive", "benign",
                                                          "duplicate"};
constexpr std::array<std::string_view, 3> kOrders = {"newest", "gravest", "soonest"};
constexpr std::array<std::string_view, 7> kChannelKinds = {"smtp",  "webhook", "slack", "mattermost",
                                                           "teams", "mailbox", "sms"};

template <class Enum, std::size_t N>
std::optional<Enum> from(const std::array<std::string_view, N>& words, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(AlertState state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view to_string(Resolution resolution) {
  return kResolutions[static_cast<std::size_t>(resolution)];
}
std::string_view to_string(ChannelKind kind) { return kChannelKinds[static_cast<std::size_t>(kind)]; }
std::optional<AlertState> alert_state_from(std::string_view text) { return from<AlertState>(kStates, text); }
std::optional<Resolution> resolution_from(std::string_view text) {
  return from<Resolution>(kResolutions, text);
}
std::optional<AlertOrder> alert_order_from(std::string_view text) { return from<AlertOrder>(kOrders, text); }
std::optional<ChannelKind> channel_kind_from(std::string_view text) {
  return from<ChannelKind>(kChannelKinds, text);
}

}  // namespace vedette::desk
