/* A library that says who it is and has nothing else: for the tests of what is refused before any other symbol is looked at. */
#include <stdint.h>
#include <string.h>

__attribute__((visibility("default"))) int32_t n4_identify(int32_t* abi_version, char* build_id, int32_t build_id_size,
                                                           int32_t* emulated, char* message, int32_t message_size) {
  (void)message, (void)message_size;
  *abi_version = IMPOSTOR_ABI;
  *emulated = 1;
  strncpy(build_id, IMPOSTOR_BUILD_ID, build_id_size);
  return 0;
}
