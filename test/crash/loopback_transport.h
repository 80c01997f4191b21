// The desk's way out in the crash test: blocking HTTP/1.1 to a loopback port, nothing else.
#pragma once

#include "desk/transport.h"

namespace vedette::crash {

std::unique_ptr<desk::Transport> make_loopback_transport();

}  // namespace vedette::crash
