// The shape of a proof: written by scripts/proof-shape from billing/proof_shape.py.
"use strict";
(globalThis.Quilowatt = globalThis.Quilowatt || {}).PROOF_SHAPE = {
  "object": {
    "format": {
      "text": "quilowatt proof 1"
    },
    "invoice": {
      "object": {
        "format": {
          "whole": [
            "1",
            "1"
          ]
        },
        "number": {
          "text": ".{0,4096}"
        },
        "kind": {
          "text": "invoice|credit_note"
        },
        "replaces": {
          "text": ".{0,4096}"
        },
        "reason": {
          "object": {
            "en": {
              "text": ".{0,4096}"
            },
            "pt": {
              "text": ".{0,4096}"
            }
          }
        },
        "month": {
          "text": "[1-9][0-9]{3}-(0[1-9]|1[0-2])"
        },
        "issued_at_s": {
          "whole": [
            "0",
            "253370764800"
          ]
        },
        "as_of": {
          "whole": [
            "0",
            "9223372036854775807"
          ]
        },
        "due": "day",
        "issuer": {
          "object": {
            "name": {
              "text": ".{0,4096}"
            },
            "tax_id": {
              "text": ".{0,4096}"
            },
            "address": {
              "list": {
                "text": ".{0,4096}"
              }
            },
            "contact": {
              "text": ".{0,4096}"
            }
          }
        },
        "customer": {
          "object": {
            "uuid": {
              "text": ".{0,4096}"
            },
            "name": {
              "text": ".{0,4096}"
            },
            "tax_id": {
              "text": ".{0,4096}"
            },
            "address": {
              "list": {
                "text": ".{0,4096}"
              }
            }
          }
        },
        "place": {
          "object": {
            "uuid": {
              "text": ".{0,4096}"
            },
            "timezone": {
              "text": ".{0,4096}"
            },
            "address": {
              "list": {
                "text": ".{0,4096}"
              }
            },
            "point": {
              "object": {
                "attributes": {
                  "map": {
                    "text": ".{0,4096}"
                  }
                },
                "contracted_kw": {
                  "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                },
                "credits": {
                  "list": {
                    "object": {
                      "born": "day",
                      "energy_wh": {
                        "whole": [
                          "0",
                          "9223372036854775807"
                        ]
                      },
                      "period": {
                        "rare": {
                          "text": ".{0,4096}"
                        }
                      }
                    }
                  }
                },
                "past_demand_w": {
                  "map": {
                    "list": {
                      "whole": [
                        "0",
                        "9223372036854775807"
                      ]
                    }
                  }
                },
                "items": {
                  "list": {
                    "object": {
                      "code": {
                        "text": ".{0,4096}"
                      },
                      "name": {
                        "object": {
                          "en": {
                            "text": ".{0,4096}"
                          },
                          "pt": {
                            "text": ".{0,4096}"
                          }
                        }
                      },
                      "amount": {
                        "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                      }
                    }
                  }
                },
                "carried_wh": {
                  "rare": {
                    "whole": [
                      "-9223372036854775808",
                      "9223372036854775807"
                    ]
                  }
                }
              }
            }
          }
        },
        "bill": {
          "object": {
            "tariff_code": {
              "text": ".{0,4096}"
            },
            "tariff_name": {
              "object": {
                "en": {
                  "text": ".{0,4096}"
                },
                "pt": {
                  "text": ".{0,4096}"
                }
              }
            },
            "currency": {
              "text": ".{0,4096}"
            },
            "start_s": {
              "whole": [
                "0",
                "253370764800"
              ]
            },
            "end_s": {
              "whole": [
                "0",
                "253370764800"
              ]
            },
            "energy_wh": {
              "whole": [
                "-9223372036854775808",
                "9223372036854775807"
              ]
            },
            "export_wh": {
              "whole": [
                "-9223372036854775808",
                "9223372036854775807"
              ]
            },
            "lines": {
              "list": {
                "object": {
                  "code": {
                    "text": ".{0,4096}"
                  },
                  "name": {
                    "object": {
                      "en": {
                        "text": ".{0,4096}"
                      },
                      "pt": {
                        "text": ".{0,4096}"
                      }
                    }
                  },
                  "start_s": {
                    "whole": [
                      "0",
                      "253370764800"
                    ]
                  },
                  "end_s": {
                    "whole": [
                      "0",
                      "253370764800"
                    ]
                  },
                  "quantity": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "unit": {
                    "text": ".{0,4096}"
                  },
                  "rate_before_tax": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "rate": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "amount": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "formula": {
                    "text": ".{0,4096}"
                  },
                  "taxes": {
                    "list": {
                      "object": {
                        "code": {
                          "text": ".{0,4096}"
                        },
                        "name": {
                          "object": {
                            "en": {
                              "text": ".{0,4096}"
                            },
                            "pt": {
                              "text": ".{0,4096}"
                            }
                          }
                        },
                        "rate": {
                          "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                        },
                        "base": {
                          "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                        },
                        "amount": {
                          "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                        },
                        "formula": {
                          "text": ".{0,4096}"
                        }
                      }
                    }
                  },
                  "act": {
                    "text": ".{0,4096}"
                  },
                  "days": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  }
                }
              }
            },
            "taxes": {
              "list": {
                "object": {
                  "code": {
                    "text": ".{0,4096}"
                  },
                  "name": {
                    "object": {
                      "en": {
                        "text": ".{0,4096}"
                      },
                      "pt": {
                        "text": ".{0,4096}"
                      }
                    }
                  },
                  "rate": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "base": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "amount": {
                    "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                  },
                  "formula": {
                    "text": ".{0,4096}"
                  }
                }
              }
            },
            "net": {
              "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
            },
            "total": {
              "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
            },
            "total_unrounded": {
              "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
            },
            "notes": {
              "list": {
                "object": {
                  "en": {
                    "text": ".{0,4096}"
                  },
                  "pt": {
                    "text": ".{0,4096}"
                  }
                }
              }
            },
            "credits": {
              "list": {
                "object": {
                  "born": "day",
                  "energy_wh": {
                    "whole": [
                      "0",
                      "9223372036854775807"
                    ]
                  },
                  "period": {
                    "rare": {
                      "text": ".{0,4096}"
                    }
                  }
                }
              }
            },
            "lapsed_wh": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            },
            "demand_w": {
              "map": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              }
            },
            "deferred_wh": {
              "rare": {
                "whole": [
                  "-9223372036854775808",
                  "9223372036854775807"
                ]
              }
            }
          }
        },
        "tariff_digest": {
          "text": "[0-9a-f]{64}"
        },
        "meters": {
          "list": {
            "object": {
              "uuid": {
                "text": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
              },
              "serial": {
                "text": ".{0,4096}"
              },
              "start_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "end_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "first_time_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "last_time_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "first_import_wh": {
                "whole": [
                  "0",
                  "9007199254740991"
                ]
              },
              "last_import_wh": {
                "whole": [
                  "0",
                  "9007199254740991"
                ]
              },
              "first_export_wh": {
                "whole": [
                  "0",
                  "9007199254740991"
                ]
              },
              "last_export_wh": {
                "whole": [
                  "0",
                  "9007199254740991"
                ]
              },
              "import_wh": {
                "whole": [
                  "-9223372036854775808",
                  "9223372036854775807"
                ]
              },
              "export_wh": {
                "whole": [
                  "-9223372036854775808",
                  "9223372036854775807"
                ]
              }
            }
          }
        },
        "quality": {
          "object": {
            "measured_s": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            },
            "estimated_s": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            },
            "revised_s": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            },
            "missing_s": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            },
            "estimated_wh": {
              "whole": [
                "-9223372036854775808",
                "9223372036854775807"
              ]
            },
            "issues": {
              "map": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              }
            }
          }
        },
        "history": {
          "list": {
            "object": {
              "month": {
                "text": ".{0,4096}"
              },
              "days": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              },
              "import_wh": {
                "whole": [
                  "-9223372036854775808",
                  "9223372036854775807"
                ]
              },
              "export_wh": {
                "whole": [
                  "-9223372036854775808",
                  "9223372036854775807"
                ]
              },
              "total": {
                "maybe": {
                  "text": "-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+\\-]?[0-9]{1,2})?"
                }
              }
            }
          }
        },
        "codes": {
          "list": {
            "object": {
              "kind": {
                "text": ".{0,4096}"
              },
              "reference": {
                "text": ".{0,4096}"
              },
              "name": {
                "object": {
                  "en": {
                    "text": ".{0,4096}"
                  },
                  "pt": {
                    "text": ".{0,4096}"
                  }
                }
              },
              "copy": {
                "text": ".{0,4096}"
              },
              "qr": {
                "text": ".{0,4096}"
              },
              "bars": {
                "text": ".{0,4096}"
              }
            }
          }
        },
        "links": {
          "list": {
            "object": {
              "meter": {
                "text": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
              },
              "start_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "end_s": {
                "whole": [
                  "0",
                  "253370764800"
                ]
              },
              "readings": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              },
              "previous": {
                "text": "[0-9a-f]{64}"
              },
              "head": {
                "text": "[0-9a-f]{64}"
              }
            }
          }
        }
      }
    },
    "digest": {
      "text": "[0-9a-f]{64}"
    },
    "meters": {
      "list": {
        "object": {
          "uuid": {
            "text": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
          },
          "digits": {
            "whole": [
              "0",
              "30"
            ]
          },
          "interval_s": {
            "whole": [
              "1",
              "2678400"
            ]
          },
          "start_s": {
            "whole": [
              "0",
              "253370764800"
            ]
          },
          "end_s": {
            "whole": [
              "0",
              "253370764800"
            ]
          },
          "first_wh": {
            "maybe": {
              "object": {
                "export_wh": {
                  "whole": [
                    "0",
                    "9007199254740991"
                  ]
                },
                "import_wh": {
                  "whole": [
                    "0",
                    "9007199254740991"
                  ]
                }
              }
            }
          },
          "last_wh": {
            "maybe": {
              "object": {
                "export_wh": {
                  "whole": [
                    "0",
                    "9007199254740991"
                  ]
                },
                "import_wh": {
                  "whole": [
                    "0",
                    "9007199254740991"
                  ]
                }
              }
            }
          },
          "time_s": {
            "list": {
              "whole": [
                "-9007199254740991",
                "9007199254740991"
              ]
            }
          },
          "import_wh": {
            "list": {
              "whole": [
                "-9007199254740991",
                "9007199254740991"
              ]
            }
          },
          "export_wh": {
            "list": {
              "whole": [
                "-9007199254740991",
                "9007199254740991"
              ]
            }
          },
          "revised": {
            "list": {
              "whole": [
                "0",
                "9223372036854775807"
              ]
            }
          },
          "days": {
            "list": {
              "text": "[0-9a-f]{8}"
            }
          }
        }
      }
    },
    "rules": {
      "object": {
        "power_max_w": {
          "whole": [
            "0",
            "9223372036854775807"
          ]
        },
        "quality_step_s": {
          "whole": [
            "60",
            "86400"
          ]
        },
        "missing": {
          "maybe": {
            "object": {
              "rule": {
                "text": "nothing|mean_of_cycles|typical_days"
              },
              "import_wh": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              },
              "export_wh": {
                "whole": [
                  "0",
                  "9223372036854775807"
                ]
              },
              "days": {
                "whole": [
                  "0",
                  "13176"
                ]
              }
            }
          }
        }
      }
    },
    "profile": {
      "object": {
        "edges_s": {
          "list": {
            "whole": [
              "-9007199254740991",
              "9007199254740991"
            ]
          }
        },
        "import_wh": {
          "list": {
            "whole": [
              "-9223372036854775808",
              "9223372036854775807"
            ]
          }
        },
        "export_wh": {
          "list": {
            "whole": [
              "-9223372036854775808",
              "9223372036854775807"
            ]
          }
        }
      }
    },
    "tariff": "document",
    "calendar": {
      "object": {
        "timezone": {
          "text": ".{0,4096}"
        },
        "offsets": {
          "list": {
            "list": {
              "whole": [
                "-86399",
                "253370764800"
              ]
            }
          }
        },
        "first_day": "day",
        "last_day": "day",
        "holidays": {
          "map": {
            "list": "day"
          }
        }
      }
    },
    "seal": {
      "object": {
        "parts": {
          "map": {
            "text": "[0-9a-f]{64}"
          }
        },
        "all": {
          "text": "[0-9a-f]{64}"
        }
      }
    }
  }
};
