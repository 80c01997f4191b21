// One client connection: reads requests, has them handled, writes answers, or becomes an event stream.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "net/server_core.h"

namespace vedette::net {

// Takes over `socket`, which belongs to `lane`'s context. Call on any thread. Speaks TLS when the core has a
// context.
void serve_connection(ServerCore& core, IoLane& lane, boost::asio::ip::tcp::socket socket);

}  // namespace vedette::net
