#include "server/version.h"

namespace vedette::server {

std::string_view version() { return VEDETTE_VERSION; }

}  // namespace vedette::server
