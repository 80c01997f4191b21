#include "desk/desk_core.h"

namespace vedette::desk {

std::unique_ptr<Desk> make_desk(DeskOptions options, store::Database& database, const Clock& clock,
                                Metrics& metrics) {
  return std::make_unique<DeskCore>(std::move(options), database, clock, metrics, make_net_transport());
}

}  // namespace vedette::desk
