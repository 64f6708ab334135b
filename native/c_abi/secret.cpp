#include "core/secret.hpp"

#include <memory>

#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_secret {
  Secret secret;
};

namespace {

/// Hands `make()`'s secret out.
template <class Make>
datablock_result hand_out(const char* function, datablock_secret** out, Make&& make) noexcept {
  return guarded({function}, [&] {
    datablock_secret*& secret = required(out, "secret");
    secret = std::make_unique<datablock_secret>(datablock_secret{make()}).release();
  });
}

}  // namespace

Secret datablock::c_abi::secret_of(const datablock_secret* secret) {
  return secret == nullptr ? nullptr : secret->secret;
}

datablock_result datablock_secret_from_bytes(const uint8_t* bytes, datablock_secret** secret) {
  return hand_out("datablock_secret_from_bytes", secret, [&] {
    return secret_from_bytes(SecretBytes::View(&required(bytes, "bytes"), kSecretSize));
  });
}

datablock_result datablock_secret_from_file(const char* path, datablock_secret** secret) {
  return hand_out("datablock_secret_from_file", secret,
                  [&] { return secret_from_file(&required(path, "path")); });
}

datablock_result datablock_secret_from_descriptor(int descriptor, datablock_secret** secret) {
  return hand_out("datablock_secret_from_descriptor", secret,
                  [&] { return secret_from_descriptor(descriptor); });
}

void datablock_secret_close(datablock_secret* secret) {
  delete secret;
}
