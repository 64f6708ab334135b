// A block's secret: 256 bits that those who may use the block share. The header holds a salt and a verifier
// of it only; keys are derived for each block, so what one block's messages are sealed with is of no use in
// another.
#pragma once

#include <string>

#include "core/geometry.hpp"
#include "core/secret_bytes.hpp"

namespace datablock {

/// Copies 32 bytes. Throws Error(SECRET_UNUSABLE) when all of them are 0.
Secret secret_from_bytes(SecretBytes::View bytes);
/// From a file of exactly 32 bytes, or of 64 hexadecimal digits and perhaps a newline. Throws
/// Error(SECRET_UNUSABLE) when it is anything else, or when others may read it: a file of one's own must be
/// for oneself alone, as ssh wants it; one of somebody else (an administrator's) at most for a group.
Secret secret_from_file(const std::string& path);
/// The same from an open descriptor, read to its end.
Secret secret_from_descriptor(int fd);
/// From the 64 hexadecimal digits in the environment's DATABLOCK_SECRET; null when it is not set. Throws
/// Error(SECRET_UNUSABLE).
Secret secret_from_environment();
/// `given`, or else the environment's.
inline Secret or_from_environment(const Secret& given) {
  return given ? given : secret_from_environment();
}

/// Puts salt and verifier into a header that is otherwise complete but for its digest, and has_secret. The
/// verifier covers the whole header, zones and schema: whoever does not know the secret cannot turn the
/// block's checks off.
void seal_header(Header& header, const ZoneTable& zones, const std::string& schema,
                 const SecretBytes& secret);

/// What messages and zones of this block are keyed with.
Secret message_key(const Header& header, const SecretBytes& secret);

/// Is it the block's secret? Compares in constant time.
bool is_secret_of(const Header& header, const ZoneTable& zones, const std::string& schema,
                  const SecretBytes& secret);

/// May who knows `secret` (null: none) take part in the block? Throws Error(SECRET_NEEDED),
/// Error(SECRET_WRONG): also for a secret that is given and a block that has none, so that nobody can put an
/// open block in the place of a sealed one.
void require_secret(const Header& header, const ZoneTable& zones, const std::string& schema,
                    const Secret& secret);

}  // namespace datablock
