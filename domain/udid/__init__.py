"""The device records of the national UDI database (NMPA 医疗器械唯一标识数据库), as its XML files carry them."""
