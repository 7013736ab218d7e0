/* A Modbus TCP server made of libmodbus, for Baotu's client to read.
 *
 *   libmodbus_server <port>
 *
 * Floats are laid down byte by byte, because what libmodbus' own setters call ABCD depends on
 * its version.
 *   holding 0..1  123.456 as ABCD      2..3 CDAB      4..5 BADC      6..7 DCBA
 *   holding 8     -7 (int16)           9    0xA5A5 (bits)
 *   holding 10..11 305419896 high word first (int32), 12..13 the same low word first
 *   holding 14    set point, may be written      15..16 set point as ABCD float
 *   input 0..199  the register's own number
 *   coil 0..29 and discrete 0..29  every third is on
 * Prints "ready" once it listens. Serves until it is killed.
 */
#include <modbus/modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Put the bytes of a float, A the most significant, into two registers in the given order. */
static void lay_float(uint16_t *to, float value, const char *order)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 4; i += 2) {
        uint16_t high = (bits >> 8 * ('D' - order[i])) & 0xFF;
        uint16_t low = (bits >> 8 * ('D' - order[i + 1])) & 0xFF;
        to[i / 2] = (uint16_t)(high << 8 | low);
    }
}

static modbus_mapping_t *lay_down(void)
{
    modbus_mapping_t *map = modbus_mapping_new(30, 30, 200, 200);
    if (map == NULL)
        return NULL;
    lay_float(map->tab_registers + 0, 123.456f, "ABCD");
    lay_float(map->tab_registers + 2, 123.456f, "CDAB");
    lay_float(map->tab_registers + 4, 123.456f, "BADC");
    lay_float(map->tab_registers + 6, 123.456f, "DCBA");
    map->tab_registers[8] = (uint16_t)(int16_t)-7;
    map->tab_registers[9] = 0xA5A5;
    map->tab_registers[10] = map->tab_registers[13] = 0x1234;
    map->tab_registers[11] = map->tab_registers[12] = 0x5678;
    for (int i = 0; i < 200; i++)
        map->tab_input_registers[i] = (uint16_t)i;
    for (int i = 0; i < 30; i++)
        map->tab_bits[i] = map->tab_input_bits[i] = i % 3 == 0;
    return map;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    modbus_t *server = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    modbus_mapping_t *map = lay_down();
    if (server == NULL || map == NULL)
        return 1;
    int listening = modbus_tcp_listen(server, 4);
    if (listening == -1)
        return 1;
    puts("ready");
    fflush(stdout);
    for (;;) {
        uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
        if (modbus_tcp_accept(server, &listening) == -1)
            return 1;
        for (;;) {
            int length = modbus_receive(server, query);
            if (length == -1)
                break;
            if (length > 0)
                modbus_reply(server, query, length, map);
        }
        modbus_close(server);
    }
}
